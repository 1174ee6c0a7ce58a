import { once } from "node:events";
import type { Context } from "@barrage/kernel";
import { WebSocket } from "ws";

/** Where a soak's visitors go, and who they are. */
export interface SoakTarget {
  readonly url: string;
  readonly tokens: readonly string[];
  readonly rooms: number;
}

// A round takes milliseconds; one that takes this long (ms) hangs.
const ROUND_LIMIT_MS = 15_000;

interface Frame {
  readonly type: string;
  readonly client_msg_id?: string;
}

function heard(socket: WebSocket, isIt: (frame: Frame) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on("message", (data: Buffer) => {
      if (isIt(JSON.parse(data.toString()) as Frame)) resolve();
    });
    socket.once("close", (code) => reject(new Error(`closed with ${code} before the answer`)));
    socket.once("error", reject);
  });
}

/** One visitor: connects, gets the snapshot, publishes, is told that it is durable, leaves. */
async function round(target: SoakTarget, number: number, ctx: Context): Promise<void> {
  const query = new URLSearchParams({
    room_id: `soak-${number % target.rooms}`,
    token: target.tokens[number % target.tokens.length] ?? "",
  });
  const socket = new WebSocket(`${target.url.replace("http", "ws")}/ws?${query}`);
  using limit = ctx.cancellable({ timeout: ROUND_LIMIT_MS });
  using _cut = limit.onCancel(() => socket.terminate());
  const id = `m${number}`;
  const snapshot = heard(socket, (frame) => frame.type === "snapshot");
  await snapshot;
  const acknowledged = heard(socket, (frame) => frame.type === "ack" && frame.client_msg_id === id);
  socket.send(JSON.stringify({ type: "danmu", content: `round ${number}`, client_msg_id: id }));
  await acknowledged;
  const closed = once(socket, "close");
  socket.close(1000);
  await closed;
}

/** One of several that make the rounds between them: every `step`-th from `first` up to `end`. */
export async function makeRounds(
  target: SoakTarget,
  { first, end, step }: { readonly first: number; readonly end: number; readonly step: number },
  ctx: Context,
): Promise<void> {
  for (let number = first; number < end; number += step) await round(target, number, ctx);
}
