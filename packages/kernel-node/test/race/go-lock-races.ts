/** The rest of Go's race tests: wait groups, locks, timers; see go-channel-races.ts. */
import { Channel, go, Mutex, nextTurn, RWMutex, sleep, WaitGroup } from "@barrage/kernel";
import { both, type Cell, pair, type Program, start, update } from "./race-program.ts";

/** Starts `n` tasks that update and say done; gives the group. */
function counted(n: number, cellOf: (i: number) => Cell): WaitGroup {
  const group = new WaitGroup();
  for (let i = 0; i < n; i++) {
    group.add(1);
    start(async () => (await update(cellOf(i)), group.done()));
  }
  return group;
}

export const GROUPS: Readonly<Record<string, Program>> = {
  NoRaceWaitGroup: (x) => counted(1, () => x).wait(),
  RaceWaitGroup: (x) => counted(2, () => x).wait(),
  async NoRaceWaitGroup2(x) {
    await counted(1, () => x).wait();
    await update(x);
  },
  RaceWaitGroupAsMutex: both((x) => {
    const group = new WaitGroup();
    const one = async (): Promise<void> => {
      await group.wait();
      await sleep(5);
      group.add(1);
      await update(x);
      group.add(-1);
    };
    return [one, one];
  }),
  RaceWaitGroupWrongWait: (x, y) => {
    const group = new WaitGroup();
    const one = async (): Promise<void> => {
      group.add(1);
      await update(x);
      group.done();
    };
    return pair(one, async () => (await one(), await group.wait()))(x, y);
  },
  async NoRaceWaitGroupMultipleWait3(x, y) {
    const group = counted(2, (i) => (i === 0 ? x : y));
    await pair(
      async () => (await group.wait(), x.v + y.v),
      async () => (await group.wait(), x.v + y.v),
    )(x, y);
  },
  RaceWaitGroup2: (x) => counted(2, () => x).wait(),
  async NoRaceWaitGroupPanicRecover(x) {
    await update(x);
    try {
      new WaitGroup().add(-1);
    } catch {
      await update(x);
    }
  },
  async NoRaceWaitGroupPanicRecover2(x) {
    const end = new Channel<void>(1);
    start(async () => {
      await update(x);
      try {
        new WaitGroup().add(-1);
      } catch {
        start(async () => (await update(x), await end.send()));
      }
    });
    await end.receive();
  },
  async NoRaceWaitGroupTransitive(x, y) {
    await counted(2, (i) => (i === 0 ? x : y)).wait();
    await update(x);
    await update(y);
  },
  async NoRaceWaitGroupReuse(x, y) {
    for (let round = 0; round < 3; round++) {
      await counted(2, (i) => (i === 0 ? x : y)).wait();
      await update(x);
      await update(y);
    }
  },
  async NoRaceWaitGroupReuse2(x, y) {
    for (let round = 0; round < 3; round++) {
      const group = counted(2, (i) => (i === 0 ? x : y));
      const done = new Channel<void>();
      start(async () => (await group.wait(), await update(x), await done.send()));
      await group.wait();
      await done.receive();
      await update(x);
    }
  },
  async RaceWaitGroupReuse(x) {
    const done = new Channel<void>(3);
    const group = counted(1, () => x);
    start(async () => (await group.wait(), await update(x), await done.send()));
    await group.wait();
    await update(x);
    await done.receive();
  },
};

export const LOCKS: Readonly<Record<string, Program>> = {
  NoRaceMutex: both((x) => {
    const lock = new Mutex();
    const one = async (): Promise<void> => {
      using _held = await lock.lock();
      await update(x);
    };
    return [one, one];
  }),
  RaceMutex: both((x) => {
    const lock = new Mutex();
    const one = async (): Promise<void> => {
      await update(x);
      using _held = await lock.lock();
    };
    return [one, one];
  }),
  RaceMutex2: both((x) => {
    const one = (lock: Mutex) => async (): Promise<void> => {
      using _held = await lock.lock();
      await update(x);
    };
    return [one(new Mutex()), one(new Mutex())];
  }),
  NoRaceMutexPureHappensBefore: both((x) => {
    const lock = new Mutex();
    let written = false;
    return [
      async () => {
        await update(x);
        using _held = await lock.lock();
        written = true;
      },
      async () => {
        for (let seen = false; !seen;) {
          await sleep(1);
          using _held = await lock.lock();
          seen = written;
        }
        await update(x);
      },
    ];
  }),
  async NoRaceMutexSemaphore(x, y) {
    const lock = new Mutex();
    const held = await lock.lock();
    await pair(
      async () => {
        await update(x);
        held[Symbol.dispose]();
      },
      async () => {
        using _held = await lock.lock();
        await update(x);
      },
    )(x, y);
  },
  async NoRaceMutexExampleFromHtml(x) {
    const lock = new Mutex();
    const held = await lock.lock();
    start(async () => {
      await update(x);
      held[Symbol.dispose]();
    });
    using _again = await lock.lock();
    await update(x);
  },
  RaceMutexRWMutex: both((x) => {
    const [one, two] = [new Mutex(), new RWMutex()];
    return [
      async () => {
        using _held = await one.lock();
        await update(x);
      },
      async () => {
        using _held = await two.lock();
        await update(x);
      },
    ];
  }),
  NoRaceRWMutex: both((x, y) => {
    const lock = new RWMutex();
    return [
      async () => {
        using _held = await lock.lock();
        await update(x);
      },
      async () => {
        using _held = await lock.readLock();
        y.v = x.v;
      },
    ];
  }),
  RaceRWMutexMultipleReaders: both((x, y) => {
    const lock = new RWMutex();
    const reader = async (): Promise<void> => {
      using _held = await lock.readLock();
      await update(y);
    };
    return [
      async () => {
        using _held = await lock.lock();
        await update(x);
      },
      async () => {
        await pair(reader, reader)(x, y);
      },
    ];
  }),
  NoRaceRWMutexMultipleReaders: both((x) => {
    const lock = new RWMutex();
    const reader = async (): Promise<number> => {
      using _held = await lock.readLock();
      const before = x.v;
      await nextTurn();
      return before + x.v;
    };
    return [
      async () => {
        using _held = await lock.lock();
        await update(x);
      },
      async () => (await reader(), await reader()),
    ];
  }),
  async NoRaceRWMutexTransitive(x) {
    const [lock, done] = [new RWMutex(), new Channel<void>(2)];
    for (const ms of [0, 2]) {
      start(async () => {
        await sleep(ms);
        using _held = await lock.readLock();
        await done.send();
        return x.v;
      });
    }
    await sleep(10);
    {
      using _held = await lock.lock();
      await update(x);
    }
    await done.receive();
    await done.receive();
  },
  async RaceAnnounceThreads(x) {
    const done = new Channel<void>(3);
    start(async () => {
      await update(x);
      start(async () => (await update(x), await done.send()));
      start(async () => (await update(x), await done.send()));
      await done.send();
    });
    for (let i = 0; i < 3; i++) await done.receive();
  },
  async NoRaceAfterFunc1(x) {
    const c = new Channel<void>();
    const again = async (left: number): Promise<void> => {
      await sleep(0);
      await update(x);
      if (left > 0) start(() => again(left - 1));
      else await c.send();
    };
    start(() => again(2));
    await c.receive();
  },
  async NoRaceAfterFunc2(x) {
    const timer = go(async (ctx) => (await sleep(60_000, ctx), await update(x)));
    timer.cancel();
    await nextTurn();
  },
  async NoRaceAfterFunc3(x) {
    const c = new Channel<void>(1);
    start(async () => (await sleep(1), await update(x), await c.send()));
    await c.receive();
    await update(x);
  },
  RaceAfterFunc3: both((x) => [
    async () => (await sleep(1), await update(x)),
    async () => (await sleep(3), await update(x)),
  ]),
  async RaceGoroutineCreationStack(x) {
    const ch = new Channel<void>(1);
    start(async () => {
      start(async () => {
        start(async () => (await update(x), await ch.send()));
        await nextTurn();
      });
      await nextTurn();
    });
    await update(x);
    await ch.receive();
  },
};
