import type { BatchFrame, DanmakuEntry, Item, RoomView, SnapshotFrame } from "@barrage/protocol";

export const ROOM: RoomView = {
  id: "demo",
  title: "Demo",
  owner: "host",
  live: true,
  closed: false,
  slow_mode_s: 0,
  head: 0,
  n: 0,
};

export const YOU = { uid: "ann", name: "Ann", role: "viewer" } as const;

export function danmaku(seq: number, change: Partial<DanmakuEntry> = {}): Item {
  const author = { uid: "bob", name: "Bob", role: "viewer" } as const;
  const base = { kind: "danmaku", id: `d${seq}`, at: 1_000, author, content: `text ${seq}` } as const;
  return { ...base, mode: "scroll", color: 0xffffff, size: 25, ...change, seq, n: seq };
}

export function batch(prev: number, seqs: readonly number[], change: Partial<BatchFrame> = {}): BatchFrame {
  const items = seqs.map((seq) => danmaku(seq));
  const seq = seqs.at(-1) ?? prev;
  return { type: "batch", room_id: "demo", prev, seq, count: items.length, items, ...change };
}

export function snapshot(
  head: number,
  seqs: readonly number[] = [],
  change: Partial<SnapshotFrame> = {},
): SnapshotFrame {
  return {
    type: "snapshot",
    room: { ...ROOM, head },
    you: YOU,
    viewers: 1,
    items: seqs.map((seq) => danmaku(seq)),
    head,
    resumed: false,
    limits: { content_max: 100, heartbeat_ms: 20_000 },
    ts: 1_767_225_600_000,
    ...change,
  };
}
