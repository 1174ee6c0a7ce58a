/**
 * Go's race detector tests (runtime/race/testdata, BSD), written anew from their programs: the names are the verdicts.
 * What is a plain access there is an update across an `await` here, because nothing shorter can be undone by another
 * task. `x` and `y` are under watch; the body itself is the original's main goroutine.
 */
import { Channel, kernelCode, nextTurn, recv, select, send, sleep, trySelect } from "@barrage/kernel";
import { both, type Cell, pair, type Program, start, update } from "./race-program.ts";

const syncRecv =
  (capacity: number, end: (c: Channel<number>) => Promise<unknown>): Program =>
  async (x) => {
    const c = new Channel<number>(capacity);
    start(async () => (await update(x), c.close()));
    await end(c);
    await update(x);
  };

async function drain(c: Channel<number>): Promise<void> {
  for await (const _ of c) await nextTurn();
}

export const CHANNELS: Readonly<Record<string, Program>> = {
  async NoRaceChanSync(x) {
    const c = new Channel<number>();
    start(async () => (await update(x), await c.send(0)));
    await c.receive();
    await update(x);
  },
  async NoRaceChanSyncRev(x) {
    const [c, end] = [new Channel<number>(), new Channel<void>(1)];
    start(async () => (await c.send(0), await update(x), await end.send()));
    await update(x);
    await c.receive();
    await end.receive();
  },
  async NoRaceChanAsync(x) {
    const c = new Channel<number>(10);
    start(async () => (await update(x), await c.send(0)));
    await c.receive();
    await update(x);
  },
  async RaceChanAsyncRev(x) {
    const c = new Channel<number>(10);
    start(async () => (await c.send(0), await update(x)));
    await update(x);
    await c.receive();
  },
  NoRaceChanAsyncCloseRecv: syncRecv(10, (c) => c.receive()),
  NoRaceChanAsyncCloseRecv2: syncRecv(10, async (c) => (await c.receive()).done),
  NoRaceChanAsyncCloseRecv3: syncRecv(10, drain),
  NoRaceChanSyncCloseRecv: syncRecv(0, (c) => c.receive()),
  NoRaceChanSyncCloseRecv2: syncRecv(0, async (c) => (await c.receive()).done),
  NoRaceChanSyncCloseRecv3: syncRecv(0, drain),
  RaceChanAsyncCloseSend: syncRecv(10, async (c) => {
    try {
      for (;;) {
        c.trySend(0);
        await nextTurn();
      }
    } catch (error) {
      if (kernelCode(error) !== "KERNEL_CHANNEL_CLOSED") throw error;
    }
  }),
  async RaceChanSendLen(x) {
    const c = new Channel<number>(10);
    start(async () => (await update(x), await c.send(1)));
    while (c.length === 0) await nextTurn();
    await update(x);
  },
  async RaceChanRecvLen(x) {
    const c = new Channel<number>(10);
    await c.send(1);
    start(async () => (await update(x), await c.receive()));
    while (c.length !== 0) await nextTurn();
    await update(x);
  },
  RaceChanSendSend: both((x, y) => {
    const c = new Channel<number>(1);
    const one = (own: Cell, other: Cell) => async () => {
      await update(own);
      if (trySelect({ put: send(c, 1) }) === undefined) await update(other);
    };
    return [one(x, y), one(y, x)];
  }),
  async NoRaceChanPtr(x) {
    const c = new Channel<Cell>();
    start(() => c.send(x));
    const got = await c.receive();
    if (got.done !== true) await update(got.value);
  },
  async RaceChanWrongSend(x, y) {
    const c = new Channel<number>(2);
    start(async () => (await update(x), await c.send(1)));
    start(async () => (await update(y), await c.send(2)));
    await sleep(5);
    await update((await c.receive()).value === 1 ? y : x);
  },
  async RaceChanWrongClose(x, y) {
    const [c, done] = [new Channel<number>(1), new Channel<void>(2)];
    start(async () => (await update(x), await c.send(1), await done.send()));
    start(async () => (await sleep(5), await update(y), c.close(), await done.send()));
    await sleep(10);
    await update((await c.receive()).done === true ? x : y);
    await done.receive();
    await done.receive();
  },
  async RaceSelectReadWriteAsync(x) {
    const [c1, c2, c3] = [new Channel<number>(10), new Channel<number>(10), new Channel<number>()];
    const done = new Channel<void>(1);
    await c2.send(1);
    start(async () => (await update(x), await select({ a: send(c1, 1), b: send(c3, 1) }), await done.send()));
    await select({ a: recv(c2), b: send(c3, 1) });
    await update(x);
    await done.receive();
  },
  async RaceSelectReadWriteSync(x) {
    const [c1, c2, c3] = [new Channel<number>(), new Channel<number>(), new Channel<number>()];
    const done = new Channel<void>(1);
    start(() => c1.receive());
    start(() => c2.send(1));
    start(async () => (await update(x), await select({ a: send(c1, 1), b: send(c3, 1) }), await done.send()));
    await select({ a: recv(c2) });
    await update(x);
    await done.receive();
  },
  async NoRaceSelectReadWriteAsync(x) {
    const [c1, c2, done] = [new Channel<number>(), new Channel<number>(), new Channel<void>(1)];
    start(async () => (await update(x), await select({ a: send(c1, 1), b: send(c2, 1) }), await done.send()));
    await select({ a: recv(c1), b: recv(c2) });
    await update(x);
    await done.receive();
  },
  async RaceChanReadWriteAsync(x) {
    const [c1, c2, done] = [new Channel<number>(10), new Channel<number>(10), new Channel<void>(1)];
    await c2.send(10);
    start(async () => (await update(x), await c1.send(1), await done.send()));
    await c2.receive();
    await update(x);
    await done.receive();
  },
  async RaceChanReadWriteSync(x) {
    const [c1, c2, done] = [new Channel<number>(), new Channel<number>(), new Channel<void>(1)];
    start(() => c1.receive());
    start(() => c2.send(10));
    start(async () => (await update(x), await c1.send(1), await done.send()));
    await c2.receive();
    await update(x);
    await done.receive();
  },
  async NoRaceChanReadWriteAsync(x) {
    const [c1, done] = [new Channel<number>(10), new Channel<void>(1)];
    start(async () => (await update(x), await c1.send(1), await done.send()));
    await c1.receive();
    await update(x);
    await done.receive();
  },
  async NoRaceProducerConsumerUnbuffered(x) {
    const queue = new Channel<Channel<void>>();
    start(async () => {
      const task = await queue.receive();
      await update(x);
      await task.value?.send();
    });
    const done = new Channel<void>(1);
    await queue.send(done);
    await done.receive();
    await update(x);
  },
  async NoRaceChanMutex(x) {
    const [lock, done] = [new Channel<void>(1), new Channel<void>()];
    start(async () => (await lock.send(), await update(x), await lock.receive(), await done.send()));
    await lock.send();
    await update(x);
    await lock.receive();
    await done.receive();
  },
  async NoRaceSelectMutex(x) {
    const [lock, aux, done] = [new Channel<void>(1), new Channel<void>(), new Channel<void>()];
    const guarded = async (): Promise<void> => {
      await select({ lock: send(lock, undefined), aux: recv(aux) });
      await update(x);
      await select({ unlock: recv(lock), aux: recv(aux) });
    };
    start(async () => (await guarded(), await done.send()));
    await guarded();
    await done.receive();
  },
  async RaceChanSem(x) {
    const [gate, done] = [new Channel<void>(2), new Channel<void>()];
    start(async () => (await gate.send(), await update(x), await gate.receive(), await done.send()));
    await gate.send();
    await update(x);
    await gate.receive();
    await done.receive();
  },
  async NoRaceChanWaitGroup(x, y) {
    const gate = new Channel<void>(1);
    for (const cell of [x, y]) {
      await gate.send();
      start(async () => (await update(cell), await gate.receive()));
    }
    await gate.send();
    await update(x);
    await update(y);
  },
  async NoRaceBlockedSendSync(x) {
    const c = new Channel<number>(1);
    await c.send(0);
    start(async () => (await update(x), await c.send(1)));
    await sleep(5);
    await c.receive();
    await c.receive();
    await update(x);
  },
  async NoRaceBlockedSelectSendSync(x) {
    const c = new Channel<number>(1);
    await c.send(0);
    start(async () => (await update(x), await c.send(1)));
    await sleep(5);
    await c.receive();
    await select({ got: recv(c), never: recv(new Channel<number>()) });
    await update(x);
  },
  async NoRaceCloseHappensBeforeRead(x) {
    const [write, read] = [new Channel<void>(), new Channel<void>()];
    start(async () => {
      if (trySelect({ write: recv(write) }) !== undefined) await update(x);
      read.close();
    });
    start(async () => (await update(x), write.close()));
    await read.receive();
  },
  async NoRaceElemSize0(x, y) {
    const c = new Channel<void>(2);
    await c.send();
    await c.send();
    start(async () => (await update(x), await c.receive()));
    start(async () => (await update(y), await c.receive()));
    await sleep(5);
    await c.send();
    await c.send();
    await update(x);
    await update(y);
  },
};

export const SELECTS: Readonly<Record<string, Program>> = {
  async NoRaceSelect1(x) {
    const [end, c, c1] = [new Channel<void>(), new Channel<number>(), new Channel<number>()];
    start(async () => (await update(x), await select({ c: send(c, 1), c1: send(c1, 1) }), await end.send()));
    await select({ c: recv(c), c1: send(c1, 1) });
    await update(x);
    await end.receive();
  },
  async NoRaceSelect2(x) {
    const [end, c, c1] = [new Channel<void>(), new Channel<number>(), new Channel<number>()];
    start(async () => (await select({ c: recv(c), c1: recv(c1) }), await update(x), await end.send()));
    await update(x);
    c.close();
    await end.receive();
  },
  async NoRaceSelect3(x) {
    const [end, c, c1] = [new Channel<void>(), new Channel<number>(10), new Channel<number>()];
    start(async () => (await update(x), await select({ c: send(c, 1), c1: recv(c1) }), await end.send()));
    await c.receive();
    await update(x);
    await end.receive();
  },
  async NoRaceSelect4(x) {
    const [queue, dummy] = [new Channel<Channel<void>>(), new Channel<void>()];
    start(async () => {
      const got = await select({ task: recv(queue) });
      await update(x);
      await got.value.value?.send();
    });
    const done = new Channel<void>(1);
    await select({ put: send(queue, done), dummy: recv(dummy) });
    await select({ done: recv(done), dummy: recv(dummy) });
    await update(x);
  },
  NoRaceSelect5: both((x) => {
    const [ch, c1] = [new Channel<number>(), new Channel<number>()];
    return [
      async () => (await update(x), await select({ ch: send(ch, 1), c1: recv(c1) })),
      async () => (await select({ ch: recv(ch), c1: recv(c1) }), await update(x)),
    ];
  }),
  async RaceSelect1(x, y) {
    const [c, c1] = [new Channel<number>(), new Channel<number>()];
    start(async () => (await c.receive(), await c.receive()));
    const f = async (): Promise<void> => {
      await select({ c: send(c, 1), c1: send(c1, 1) });
      await update(x);
    };
    await pair(f, f)(x, y);
  },
  async RaceSelect2(x) {
    const [end, c, c1] = [new Channel<void>(), new Channel<number>(), new Channel<number>()];
    start(async () => (await update(x), await select({ c: recv(c), c1: recv(c1) }), await end.send()));
    c.close();
    await update(x);
    await end.receive();
  },
  async RaceSelect3(x) {
    const [end, c, c1] = [new Channel<void>(), new Channel<number>(), new Channel<number>()];
    start(async () => (await update(x), await select({ c: send(c, 1), c1: send(c1, 1) }), await end.send()));
    await update(x);
    await select({ c: recv(c) });
    await end.receive();
  },
  async RaceSelect4(x) {
    const done = new Channel<void>(1);
    start(async () => {
      if (trySelect({}) === undefined) await update(x);
      await done.send();
    });
    await update(x);
    await done.receive();
  },
  async RaceSelect5(x, y) {
    const [done, c1, c2] = [new Channel<void>(1), new Channel<number>(1), new Channel<number>()];
    start(async () => {
      const chosen = await select({ c1: send(c1, 1), c2: send(c2, 1) });
      await update(chosen.case === "c1" ? x : y);
      await done.send();
    });
    await update(x);
    await update(y);
    await done.receive();
  },
};
