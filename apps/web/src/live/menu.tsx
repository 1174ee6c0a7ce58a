import { roomCommands } from "@barrage/client";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useSay } from "../i18n/language.tsx";
import { sayError } from "../i18n/text.ts";
import { powerOf } from "../identity/power.ts";
import type { TextKey } from "../i18n/text.ts";
import { useStore } from "../parts/store.ts";
import { blockUser, blockWord } from "../settings/settings.ts";
import { usePage } from "./page-context.ts";
import type { MenuTarget, PageParts } from "./page-context.ts";

interface Entry {
  readonly text: TextKey;
  readonly isGrave?: boolean;
  readonly run: () => Promise<void> | void;
}

const MUTE_SECONDS = 600;
/** Free room between menu and the window's edge, px. */
const EDGE_PX = 8;

/** What can be done about this danmaku by this viewer. */
function entriesFor(page: PageParts, { record }: MenuTarget): readonly Entry[] {
  const { settings, model, identity, server, room } = page;
  const { author, content, id, own } = record;
  const { token } = identity.viewer.value;
  const commands = roomCommands(server, room, { token });
  if (own) return [{ text: "menu.recallOwn", run: () => commands.recall(id) }];
  const { moderates } = powerOf(model.you.value, model.room.value);
  const mine: readonly Entry[] = [
    {
      text: "menu.blockUser",
      run: () => settings.set(blockUser(settings.value, { uid: author.uid, name: author.name })),
    },
    { text: "menu.blockWord", run: () => settings.set(blockWord(settings.value, content)) },
  ];
  if (!moderates) return mine;
  return [
    ...mine,
    { text: "menu.recall", run: () => commands.recall(id) },
    { text: "menu.clear", run: () => commands.clearUser(author.uid) },
    { text: "menu.mute", run: () => commands.mute(author.uid, MUTE_SECONDS) },
    { text: "menu.muteForever", isGrave: true, run: () => commands.mute(author.uid, null) },
    { text: "menu.ban", isGrave: true, run: () => commands.ban(author.uid, null) },
  ];
}

export function Menu(): JSX.Element | null {
  const { menu } = usePage();
  const target = useStore(menu);
  return target === undefined ? null : <OpenMenu key={target.record.id} target={target} />;
}

function OpenMenu({ target }: { readonly target: MenuTarget }): JSX.Element {
  const say = useSay();
  const page = usePage();
  const box = useRef<HTMLDivElement>(null);
  const close = (): void => page.menu.set(undefined);
  useReturnedFocus(box);
  useLayoutEffect(() => {
    const own = box.current;
    if (own === null) return;
    const { width, height } = own.getBoundingClientRect();
    own.style.left = `${Math.max(EDGE_PX, Math.min(target.x, innerWidth - width - EDGE_PX))}px`;
    own.style.top = `${Math.max(EDGE_PX, Math.min(target.y, innerHeight - height - EDGE_PX))}px`;
  }, [target]);

  const run = async ({ run: act }: Entry): Promise<void> => {
    close();
    try {
      await act();
      page.notice.set(say("mod.done"));
    } catch (error) {
      page.notice.set(sayError(say, error));
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveFocus(box.current, step);
  };
  return (
    <>
      <div class="shade shade-clear" onClick={close} />
      <div
        class="menu"
        ref={box}
        role="menu"
        onKeyDown={onKeyDown}
        aria-label={say("menu.title", { name: target.record.author.name })}
      >
        <p class="menu-head">
          <b>{target.record.author.name}</b>
          <span>{target.record.content}</span>
        </p>
        {entriesFor(page, target).map((entry) => (
          <button
            key={entry.text}
            type="button"
            role="menuitem"
            class={entry.isGrave === true ? "menu-entry grave" : "menu-entry"}
            onClick={() => void run(entry)}
          >
            {say(entry.text)}
          </button>
        ))}
      </div>
    </>
  );
}

function moveFocus(box: HTMLElement | null, step: number): void {
  const entries = [...(box?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const at = entries.indexOf(document.activeElement as HTMLElement);
  entries[(at + step + entries.length) % entries.length]?.focus();
}

/** The first button gets the focus, and who had it gets it back. */
export function useReturnedFocus(box: { readonly current: HTMLElement | null }): void {
  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLElement>("button, input")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [box]);
}
