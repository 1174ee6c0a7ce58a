import { emptyRoom } from "@barrage/engine";
import type { ArchivedItem, RoomState } from "@barrage/engine";
import type { Author, DanmakuEntry, Item, RecallEntry } from "@barrage/protocol";

/** A moment that says nothing: entries are that many ms apart unless a suite gives its own. */
export const START_MS = 1_767_225_600_000;

export const author = (uid: string): Author => ({ uid, name: `name of ${uid}`, role: "viewer" });

/** A danmaku with everything that is optional left out, unless `more` has it. */
export function danmaku(id: string, more: Partial<DanmakuEntry> = {}): DanmakuEntry {
  return {
    kind: "danmaku",
    id,
    at: START_MS,
    author: author("u1"),
    content: `text of ${id}`,
    mode: "scroll",
    color: 0xffffff,
    size: 25,
    ...more,
  };
}

export function recall(id: string, target: RecallEntry["target"]): RecallEntry {
  return { kind: "recall", id, at: START_MS, author: author("moderator"), target };
}

/** `entry` at its place: id `d<seq>` in most suites. */
export const placed = (room: string, seq: number, entry: DanmakuEntry | RecallEntry): ArchivedItem => ({
  room,
  item: { ...entry, seq, n: seq } satisfies Item,
});

/** A room with something in every field, at the seqs of a late epoch. */
export const fullRoom = (id: string): RoomState => ({
  ...emptyRoom(id),
  title: '标题 "quoted"',
  owner: "host",
  live: true,
  closed: false,
  policies: {
    ceiling: { mode: "dry_run", per_second: 31 },
    merge: { mode: "on", window_s: 7 },
    slow: { mode: "on", seconds: 30, exempt: ["host"] },
    unique: { mode: "off", seconds: 60, count: 9 },
  },
  mutes: new Map([
    ["u1", null],
    ["u2", START_MS],
  ]),
  bans: new Map([["u3", null]]),
  head: { seq: 2 ** 52, n: 7 },
});
