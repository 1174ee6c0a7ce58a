import { isRoomId } from "@barrage/protocol";
import { render } from "preact";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Speaking, useSay } from "../i18n/language.tsx";
import { sayError } from "../i18n/text.ts";
import { powerOf } from "../identity/power.ts";
import { Identity } from "../identity/viewer.ts";
import { List } from "../live/list.tsx";
import { Menu } from "../live/menu.tsx";
import { ModerationPanel } from "../live/moderation-panel.tsx";
import { PageContext, usePage } from "../live/page-context.ts";
import type { PageParts } from "../live/page-context.ts";
import { RoomModel } from "../live/room-model.ts";
import { SendBox } from "../live/send-box.tsx";
import { SettingsPanel } from "../live/settings-panel.tsx";
import { Stage } from "../live/stage.tsx";
import { ConnectionStatus, Header } from "../live/status.tsx";
import { Store, useStore } from "../parts/store.ts";
import { parseSettings } from "../settings/settings.ts";
import { readStored, writeStored } from "../settings/stored.ts";
import { roomOfPath } from "./room-of-path.ts";
import "../styles/base.css";
import "../styles/live.css";
import "../styles/panels.css";

const SETTINGS_KEY = "barrage.settings";

function partsOf(server: string, room: string): PageParts {
  const identity = new Identity(server);
  const settings = new Store(parseSettings(readStored(SETTINGS_KEY)));
  settings.watch(() => writeStored(SETTINGS_KEY, JSON.stringify(settings.value)));
  const model = new RoomModel(server, room, identity);
  return {
    server,
    room,
    model,
    identity,
    settings,
    menu: new Store<PageParts["menu"]["value"]>(undefined),
    notice: new Store(""),
  };
}

function LivePage(): JSX.Element {
  const say = useSay();
  const { model, identity, notice } = usePage();
  const you = useStore(model.you);
  const said = useStore(notice);
  const [panel, setPanel] = useState<"settings" | "moderation">();
  const room = useStore(model.room);
  const { moderates } = powerOf(you, room);
  useEffect(() => {
    if (!identity.wantsLogin) return;
    identity.join(identity.viewer.value.name).catch((error: unknown) => notice.set(sayError(say, error)));
  }, [identity]);
  return (
    <div class="page">
      <Header
        onSettings={() => setPanel("settings")}
        onModeration={moderates ? () => setPanel("moderation") : undefined}
      />
      <main class="room">
        <div class="room-film">
          <Stage />
          <ConnectionStatus />
        </div>
        <List />
        <div class="room-send">
          <p class="notice" role="alert">
            {said}
          </p>
          <SendBox />
        </div>
      </main>
      <Menu />
      {panel === "settings" && <SettingsPanel onClose={() => setPanel(undefined)} />}
      {panel === "moderation" && <ModerationPanel onClose={() => setPanel(undefined)} />}
    </div>
  );
}

const root = document.querySelector("#app");
const room = roomOfPath(location.pathname);
if (root !== null && isRoomId(room)) {
  const parts = partsOf(location.origin, room);
  render(
    <Speaking>
      <PageContext.Provider value={parts}>
        <LivePage />
      </PageContext.Provider>
    </Speaking>,
    root,
  );
} else {
  location.replace("/");
}
