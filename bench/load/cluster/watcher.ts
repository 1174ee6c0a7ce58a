import { background, Scope, Ticker } from "@barrage/kernel";
import { protocolNamed } from "@barrage/load";
import type { StreamSink, Target } from "@barrage/load";

/** Below every server's patience with a silent client. */
const HEARTBEAT_MS = 20_000;

/** One viewer of a room, who counts, and tells the server now and then that it is there. */
export interface Watcher extends AsyncDisposable {
  /** Records that came since it joined, and those it was told were withheld. */
  readonly received: number;
  readonly withheld: number;
  /** What its stream should not have had. */
  readonly faults: readonly string[];
}

/** Joins a room; resolves when it is in. */
export async function watchRoom(target: Target, room: string): Promise<Watcher> {
  const joined = Promise.withResolvers<void>();
  const faults: string[] = [];
  let [received, withheld, last] = [0, 0, 0];
  const fault = (what: string): void => {
    faults.push(what);
    joined.reject(new Error(what));
  };
  const sink: StreamSink = {
    joined(head) {
      last = head ?? 0;
      joined.resolve();
    },
    record: () => fault("a record outside a batch"),
    wantsRecords: () => false,
    batch({ prev, seq, count, shed }) {
      if (prev !== last) fault(`a batch after ${prev}, not after ${last}`);
      last = seq;
      received += count;
      withheld += shed;
    },
    gap({ from, to, count }) {
      if (from !== last) fault(`a gap after ${from}, not after ${last}`);
      last = to;
      withheld += count ?? 0;
    },
    fault,
    closed: (code) => fault(`closed with ${code}`),
  };
  const seat = { room, since: undefined, now: () => background.clock.now() };
  const connection = protocolNamed("barrage.v1").view(target, seat, sink);
  const beating = new Scope(background, { name: "watcher" });
  beating.spawn(async (ctx) => {
    using beat = new Ticker(HEARTBEAT_MS, ctx);
    for await (const _ of beat) connection.heartbeat();
  });
  await joined.promise;
  return {
    get received() {
      return received;
    },
    get withheld() {
      return withheld;
    },
    faults,
    async [Symbol.asyncDispose]() {
      connection.close();
      beating.cancel();
      await beating[Symbol.asyncDispose]();
    },
  };
}
