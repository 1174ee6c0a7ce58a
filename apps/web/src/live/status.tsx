import { sleep, systemClock } from "@barrage/kernel";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { LanguageSwitch, useSay } from "../i18n/language.tsx";
import { useSecondsLeft } from "../parts/seconds-left.ts";
import { useStore } from "../parts/store.ts";
import { useTask } from "../parts/use-task.ts";
import { Icon } from "./icons.tsx";
import { usePage } from "./page-context.ts";

/** The connection, in words. */
export function ConnectionStatus(): JSX.Element {
  const say = useSay();
  const { model } = usePage();
  const state = useStore(model.state);
  const [until, setUntil] = useState<number>();
  useEffect(
    () => setUntil(state.type === "waiting" ? systemClock.now() + state.retryInMs : undefined),
    [state],
  );
  const seconds = useSecondsLeft(until);
  const words = {
    connecting: () => say("state.connecting"),
    live: () => say("state.live"),
    waiting: () => say("state.waiting", { seconds: Math.max(1, seconds) }),
    closed: () =>
      say("state.closed", { reason: state.type === "closed" ? `${state.reason} ${state.code}`.trim() : "" }),
  }[state.type]();
  return (
    <div class={`status status-${state.type}`}>
      <span class="status-dot" aria-hidden="true" />
      {/* The countdown would be read out every second. */}
      <span role="status" aria-live={state.type === "waiting" ? "off" : "polite"}>
        {words}
      </span>
      {state.type === "waiting" && (
        <button type="button" class="quiet" onClick={() => model.connection.retryNow()}>
          {say("state.retry")}
        </button>
      )}
    </div>
  );
}

/** How often it is looked whether the room still tells a rate, ms. */
const RATE_LOOK_MS = 1_000;

/** What part of the danmaku is shown, while the room shows not all of them. */
function Rate(): JSX.Element | null {
  const say = useSay();
  const { model } = usePage();
  const rate = useStore(model.rate);
  useTask(
    "drop rate",
    async (ctx) => {
      while (model.rate.value !== undefined) {
        await sleep(RATE_LOOK_MS, ctx);
        model.dropRate();
      }
    },
    [rate],
  );
  return rate === undefined ? null : <span class="rate">{say("room.rate", { ...rate })}</span>;
}

interface HeaderProps {
  readonly onSettings: () => void;
  readonly onModeration: (() => void) | undefined;
}

export function Header({ onSettings, onModeration }: HeaderProps): JSX.Element {
  const say = useSay();
  const { model, room: id } = usePage();
  const room = useStore(model.room);
  const viewers = useStore(model.viewers);
  const badge = room?.closed === true ? "closed" : room?.live === true ? "live" : "offline";
  const title = room?.title ?? id;
  useEffect(() => {
    document.title = `${title} · Barrage`;
  }, [title]);
  return (
    <header class="bar">
      <a class="icon-button" href="/" aria-label={say("room.back")}>
        <Icon name="back" />
      </a>
      <span class={`badge badge-${badge}`}>{say(`room.${badge}`)}</span>
      <h1 class="room-title">{title}</h1>
      <span class="viewers" title={say("room.viewers", { count: viewers })}>
        <Icon name="eye" />
        <span class="viewers-count">{viewers}</span>
        <span class="sr-only">{say("room.viewers", { count: viewers })}</span>
      </span>
      <Rate />
      <LanguageSwitch />
      {onModeration !== undefined && (
        <button type="button" class="icon-button" aria-label={say("mod.title")} onClick={onModeration}>
          <Icon name="shield" />
        </button>
      )}
      <button type="button" class="icon-button" aria-label={say("settings.title")} onClick={onSettings}>
        <Icon name="settings" />
      </button>
    </header>
  );
}
