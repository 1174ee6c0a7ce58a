import { crc32 } from "node:zlib";
import { isUserId } from "@barrage/protocol";
import type { PublishBody } from "@barrage/protocol";
import { publishBodyOf } from "@barrage/files";
import type { FileDanmaku } from "@barrage/files";

/** One danmaku of the file, ready to be sent. */
export interface PlannedSend {
  /** Its place in the sending order, from 0. */
  readonly index: number;
  /** When to send it, ms after the start of the replay. */
  readonly dueMs: number;
  readonly author: { readonly uid: string; readonly name: string };
  readonly body: PublishBody;
}

export interface ReplayPlan {
  readonly sends: readonly PlannedSend[];
  /** What was put right so that a room takes it, counted by reason. */
  readonly adjusted: Readonly<Record<string, number>>;
  /** Time of the last send, ms after the start. */
  readonly durationMs: number;
}

/** Sender of danmaku whose file names none. */
const UNKNOWN_SENDER = "unknown";

/** The file's sender as a user: its hash where that can be a user id, else a hash of it. */
function authorOf(row: FileDanmaku): { uid: string; name: string } {
  const sender = row.origin?.sender ?? row.sender ?? UNKNOWN_SENDER;
  const uid = isUserId(sender) ? sender : `file-${crc32(sender).toString(16)}`;
  return { uid, name: row.sender ?? uid };
}

/**
 * When each danmaku of a file is sent, and as what.
 *
 * Shape      by the file's times; what has the same time, or none, keeps the file's order.
 * Units      `speed`: seconds of the video per second; `Infinity` sends everything at once.
 */
export function planReplay(rows: readonly FileDanmaku[], speed: number, runId: string): ReplayPlan {
  const inOrder = rows
    .map((row, place) => ({ row, place, pts: row.pts_ms ?? 0 }))
    .sort((a, b) => a.pts - b.pts || a.place - b.place);
  const adjusted: Record<string, number> = {};
  const sends = inOrder.map(({ row, place, pts }, index): PlannedSend => {
    const made = publishBodyOf(row);
    for (const reason of made.adjusted) adjusted[reason] = (adjusted[reason] ?? 0) + 1;
    return {
      index,
      dueMs: pts / speed,
      author: authorOf(row),
      body: { ...made.body, client_msg_id: `${runId}-${place}` },
    };
  });
  return { sends, adjusted, durationMs: sends.at(-1)?.dueMs ?? 0 };
}
