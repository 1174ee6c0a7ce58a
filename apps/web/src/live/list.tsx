import type { Author, RoomEvent } from "@barrage/protocol";
import type { Gap } from "@barrage/client";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSay } from "../i18n/language.tsx";
import type { Say } from "../i18n/text.ts";
import { useStore } from "../parts/store.ts";
import { blockedBy } from "../settings/filter.ts";
import type { Settings } from "../settings/settings.ts";
import { Cards } from "./cards.tsx";
import { usePage } from "./page-context.ts";
import { authorOf, textOf } from "./rows.ts";
import type { Danmaku, Row, Superchat } from "./rows.ts";

/** Within this of the end the list follows, px: a line and a half. */
const FOLLOW_PX = 48;

/** Everything that is said, as plain text: for screen readers, and for all who want to read on. */
export function List(): JSX.Element {
  const say = useSay();
  const { model, settings } = usePage();
  const rows = useStore(model.rows);
  const held = useStore(model.held);
  const chosen = useStore(settings);
  // While someone reads further up, lines neither move away nor come below: they are counted.
  const lines = useMemo(
    () => visible(held ?? rows, chosen),
    [held ?? rows, chosen.blockedWords, chosen.blockedUsers],
  );
  const fresh = held === undefined ? 0 : countAfter(visible(rows, chosen), held);
  const log = useRef<HTMLDivElement>(null);
  const [isFollowing, setFollowing] = useState(true);

  useLayoutEffect(() => {
    if (isFollowing && log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [lines, isFollowing]);
  useEffect(() => {
    model.held.set(isFollowing ? undefined : (model.held.value ?? model.rows.value));
  }, [isFollowing]);

  const onScroll = (): void => {
    const at = log.current;
    if (at !== null) setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < FOLLOW_PX);
  };
  return (
    <section class="list" aria-label={say("list.title")}>
      <Cards />
      <div class="log" ref={log} role="log" aria-live="polite" tabIndex={0} onScroll={onScroll}>
        {lines.length === 0 && <p class="empty">{say("list.empty")}</p>}
        {lines.map((row) => (
          <Line key={row.key} row={row} />
        ))}
      </div>
      {!isFollowing && (
        <button type="button" class="latest" onClick={() => setFollowing(true)}>
          {fresh > 0 ? say("list.follow", { count: fresh }) : say("list.latest")} ↓
        </button>
      )}
    </section>
  );
}

function visible(rows: readonly Row[], settings: Settings): readonly Row[] {
  const isBlocked = blockedBy(settings);
  return rows.filter((row) => {
    const author = authorOf(row);
    const isOwn = "record" in row && row.record.own;
    return author === undefined || isOwn || !isBlocked({ uid: author.uid, text: textOf(row) });
  });
}

/** How many of `rows` come after the newest that is held; rows are in order, and a recall leaves both lists. */
function countAfter(rows: readonly Row[], held: readonly Row[]): number {
  const known = new Set(held.map(({ key }) => key));
  return rows.length - 1 - rows.findLastIndex(({ key }) => known.has(key));
}

function Line({ row }: { readonly row: Row }): JSX.Element {
  const say = useSay();
  switch (row.kind) {
    case "danmaku":
    case "superchat":
      return <Spoken record={row.record} />;
    case "gift": {
      const { author, count, gift_name: gift } = row.record;
      return <p class="line line-gift">{say("list.gift", { name: author.name, count, gift })}</p>;
    }
    case "enter":
      return <p class="line line-quiet">{say("list.enter", { name: row.author.name })}</p>;
    case "event":
      return <p class="line line-event">{sayEvent(say, row.event)}</p>;
    case "gap":
      return <p class="line line-gap">{sayGap(say, row.gap)}</p>;
  }
}

function Spoken({ record }: { readonly record: Danmaku | Superchat }): JSX.Element {
  const say = useSay();
  const { menu } = usePage();
  const { author, content, kind, own } = record;
  const open = (event: MouseEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    menu.set({ record, x: box.left + 12, y: box.bottom });
  };
  return (
    <button
      type="button"
      class={`line line-said ${kind === "superchat" ? "line-paid" : ""} ${own ? "line-own" : ""}`}
      aria-haspopup="menu"
      onClick={open}
    >
      <RoleBadge author={author} say={say} />
      <span class="who">{author.name}</span> <Dot record={record} />
      <span class="what">{content}</span>
      <Times record={record} />
    </button>
  );
}

/** How many said the same. */
function Times({ record }: { readonly record: Danmaku | Superchat }): JSX.Element | null {
  const say = useSay();
  if (record.kind !== "danmaku" || record.merged === undefined) return null;
  const { merged: count } = record;
  return (
    <>
      <span class="times" aria-hidden="true">
        ×{count}
      </span>
      <span class="sr-only">{say("list.timesLabel", { count })}</span>
    </>
  );
}

/** The colour as a dot: as text it would be unreadable on one of the two themes. */
function Dot({ record }: { readonly record: Danmaku | Superchat }): JSX.Element | null {
  if (record.kind !== "danmaku" || record.color === 0xffffff) return null;
  const background = `#${record.color.toString(16).padStart(6, "0")}`;
  return <span class="dot" style={{ background }} aria-hidden="true" />;
}

function RoleBadge({ author, say }: { readonly author: Author; readonly say: Say }): JSX.Element | null {
  if (author.role === "viewer") return null;
  return <span class={`role role-${author.role}`}>{say(`role.${author.role}`)}</span>;
}

function sayGap(say: Say, { count, reason }: Gap): string {
  const shown = { count: count ?? say("list.gapSome") };
  return say(reason === "slow" ? "list.gap" : "list.gapExpired", shown);
}

function sayEvent(say: Say, event: RoomEvent): string {
  switch (event.type) {
    case "title":
      return say("list.title.changed", { title: event.title });
    case "slow_mode":
      return event.seconds === 0 ? say("list.slowOff") : say("list.slow", { seconds: event.seconds });
    case "policies":
      return say("list.policies");
    case "live":
      return say("list.live");
    case "offline":
      return say("list.offline");
    case "closed":
      return say("list.closed");
    case "created":
    case "mute":
    case "unmute":
    case "ban":
    case "unban":
      return "";
  }
}
