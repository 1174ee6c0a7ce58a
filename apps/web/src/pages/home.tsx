import { fetchRooms } from "@barrage/client";
import { sleep } from "@barrage/kernel";
import type { RoomSummary } from "@barrage/protocol";
import { render } from "preact";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { LanguageSwitch, Speaking, useSay } from "../i18n/language.tsx";
import { drawScene, FILM_MS } from "../film/scene.ts";
import { Icon } from "../live/icons.tsx";
import { useTask } from "../parts/use-task.ts";
import "../styles/base.css";
import "../styles/home.css";

/** How often the list is asked for while someone looks, ms: rooms come and go slowly. */
const LOOK_EVERY_MS = 4_000;
const THUMB_WIDTH = 320;
const THUMB_HEIGHT = 180;

function HomePage(): JSX.Element {
  const say = useSay();
  const [rooms, setRooms] = useState<readonly RoomSummary[]>();
  const [isReachable, setReachable] = useState(true);
  useTask(
    "look at rooms",
    async (ctx) => {
      for (; ; await sleep(LOOK_EVERY_MS, ctx)) {
        if (document.visibilityState !== "visible") continue;
        try {
          const next = await fetchRooms(location.origin, { signal: ctx.signal });
          setRooms(next);
          setReachable(true);
        } catch {
          // Whatever it was, the next round asks again; the page says that it does.
          if (!ctx.cancelled) setReachable(false);
        }
      }
    },
    [],
  );
  return (
    <div class="home-page">
      <header class="home-head">
        <div>
          <h1>Barrage</h1>
          <p class="hint">{say("app.tagline")}</p>
        </div>
        <LanguageSwitch />
      </header>
      <main>
        <h2 class="sr-only">{say("app.rooms")}</h2>
        <p role="status" class="hint">
          {!isReachable && say("app.unreachable")}
          {isReachable && rooms?.length === 0 && say("app.noRooms")}
        </p>
        <ul class="rooms">
          {rooms?.map((room) => (
            <RoomCard key={room.id} room={room} />
          ))}
        </ul>
      </main>
    </div>
  );
}

function RoomCard({ room }: { readonly room: RoomSummary }): JSX.Element {
  const say = useSay();
  const badge = room.live ? "live" : "offline";
  const draw = (canvas: HTMLCanvasElement | null): void => {
    const context = canvas?.getContext("2d");
    if (context !== null && context !== undefined)
      drawScene(context, THUMB_WIDTH, THUMB_HEIGHT, thumbMs(room.id));
  };
  return (
    <li>
      <a class="room-card" href={`/live/${room.id}`} aria-label={say("room.open", { title: room.title })}>
        <span class="thumb">
          <canvas ref={draw} width={THUMB_WIDTH} height={THUMB_HEIGHT} aria-hidden="true" />
          <span class={`badge badge-${badge}`}>{say(`room.${badge}`)}</span>
          <span class="thumb-viewers">
            <Icon name="eye" /> {say("room.viewers", { count: room.viewers })}
          </span>
        </span>
        <span class="card-title">{room.title}</span>
        <span class="hint">{say("room.danmaku", { count: room.n })}</span>
      </a>
    </li>
  );
}

/** A moment of the film that belongs to the room, so that cards differ and stay the same. */
function thumbMs(id: string): number {
  return Array.from(id).reduce((sum, char) => (sum * 31 + (char.codePointAt(0) ?? 0)) % FILM_MS, 7);
}

const root = document.querySelector("#app");
if (root !== null) {
  render(
    <Speaking>
      <HomePage />
    </Speaking>,
    root,
  );
}
