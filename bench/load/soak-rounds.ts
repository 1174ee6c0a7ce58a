import { once } from "node:events";
import type { Context } from "@barrage/kernel";
import { protocolNamed } from "@barrage/load";
import type { StreamSink } from "@barrage/load";
import { WebSocket } from "ws";

/** Where a soak's visitors go, and who they are. */
export interface SoakTarget {
  readonly host: string;
  readonly port: number;
  readonly tokens: readonly string[];
  readonly rooms: number;
}

// A round takes milliseconds; one that takes this long (ms) hangs.
const ROUND_LIMIT_MS = 15_000;

interface Frame {
  readonly type: string;
  readonly client_msg_id?: string;
}

interface Visit {
  readonly target: SoakTarget;
  readonly number: number;
  readonly room: string;
  readonly token: string;
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

/** Connects, gets the snapshot, publishes over the WebSocket, is told that it is durable, says goodbye. */
async function politeVisit({ target, number, room, token }: Visit, ctx: Context): Promise<void> {
  const query = new URLSearchParams({ room_id: room, token });
  const socket = new WebSocket(`ws://${target.host}:${target.port}/ws?${query}`);
  using _cut = ctx.onCancel(() => socket.terminate());
  const id = `m${number}`;
  await heard(socket, (frame) => frame.type === "snapshot");
  const acknowledged = heard(socket, (frame) => frame.type === "ack" && frame.client_msg_id === id);
  socket.send(JSON.stringify({ type: "danmu", content: `round ${number}`, client_msg_id: id }));
  await acknowledged;
  const closed = once(socket, "close");
  socket.close(1000);
  await closed;
}

/** A load generator's viewer and publisher: watches, publishes over HTTP, waits for its own danmaku, cuts both. */
async function abruptVisit({ target, number, room, token }: Visit, ctx: Context): Promise<void> {
  const adapter = protocolNamed("barrage");
  const visit = Promise.withResolvers<void>();
  const joined = Promise.withResolvers<void>();
  const fail = (reason: string): void => {
    joined.reject(new Error(reason));
    visit.reject(new Error(reason));
  };
  joined.promise.catch(() => {});
  visit.promise.catch(() => {});
  const content = `round ${number}`;
  const sink: StreamSink = {
    joined: () => joined.resolve(),
    wantsRecords: () => true,
    batch: (_, records = []) => {
      if (records.some((record) => record.content === content)) visit.resolve();
    },
    record: () => fail("a record outside a batch"),
    gap: () => fail("a gap"),
    fault: fail,
    closed: (code) => fail(`closed with ${code} before the answer`),
  };
  const connection = adapter.view(target, { room, since: undefined, now: () => ctx.clock.now() }, sink);
  const publisher = adapter.publisher(target, 1);
  using _late = ctx.onCancel(() => fail("the visit takes too long"));
  try {
    await joined.promise;
    publisher.publish({ room, token, content }, (outcome) => {
      if (outcome.kind === "refused") fail(`refused: ${outcome.code}`);
    });
    await visit.promise;
  } finally {
    connection.close();
    publisher.close();
  }
}

/**
 * One of several that make the rounds between them: every `step`-th from `first` up to `end`. Resolves with how many of
 * its danmaku came back to it as a viewer.
 */
export async function makeRounds(
  target: SoakTarget,
  { first, end, step }: { readonly first: number; readonly end: number; readonly step: number },
  ctx: Context,
): Promise<number> {
  // By a lane's own count: lanes step over rounds by an even number.
  let [made, received] = [0, 0];
  for (let number = first; number < end; number += step) {
    const room = `soak-${number % target.rooms}`;
    const visit = { target, number, room, token: target.tokens[number % target.tokens.length] ?? "" };
    using limit = ctx.cancellable({ timeout: ROUND_LIMIT_MS });
    if (made % 2 === 0) await politeVisit(visit, limit);
    else {
      await abruptVisit(visit, limit);
      received += 1;
    }
    made += 1;
  }
  return received;
}
