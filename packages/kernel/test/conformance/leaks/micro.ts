import { Channel, Mutex, recv, RWMutex, select, send, WaitGroup } from "@barrage/kernel";
import type { LeakProgram } from "./program.ts";

const named = (name: string, capacity = 0): Channel<number> => new Channel<number>(capacity, { name });

/** Held by the module, so somebody could still send: what waits for it is no leak. */
export const globalChannel = named("global");

const GROUP = { name: "group" };
const LOCK = { name: "mu" };

/** simple.go: one program for each thing that a task can wait for. */
export const MICRO: readonly LeakProgram[] = [
  {
    name: "NilRecv",
    leaks: ["func1 [select never]"],
    leaky: (start) => start("func1", () => select({ never: recv<number>(null) })),
    fixed: (start) => start("func1", () => select({ never: recv<number>(null), now: recv(closed()) })),
  },
  {
    name: "NilSend",
    leaks: ["func1 [select never]"],
    leaky: (start) => start("func1", () => select({ never: send<number>(null, 0) })),
    fixed: (start) => start("func1", () => select({ never: send<number>(null, 0), now: recv(closed()) })),
  },
  {
    name: "SelectNoCases",
    leaks: ["func1 [select]"],
    leaky: (start) => start("func1", () => select({})),
    fixed: (start) => start("func1", () => select({ now: recv(closed()) })),
  },
  {
    name: "ChanRecv",
    leaks: ["func1 [receive c]"],
    leaky: (start) => start("func1", () => named("c").receive()),
    fixed: (start) => start("func1", () => closed().receive()),
  },
  {
    name: "ChanSend",
    leaks: ["func1 [send c]"],
    leaky: (start) => start("func1", () => named("c").send(0)),
    fixed: (start) => start("func1", () => named("c", 1).send(0)),
  },
  {
    name: "Select",
    leaks: ["func1 [select put | get]"],
    leaky: (start) => start("func1", () => select({ put: send(named("a"), 0), get: recv(named("b")) })),
    fixed: (start) => start("func1", () => select({ put: send(named("a", 1), 0), get: recv(named("b")) })),
  },
  {
    name: "WaitGroup",
    leaks: ["func1 [wait group]"],
    leaky: (start) =>
      start("func1", () => {
        const group = new WaitGroup(GROUP);
        group.add(1);
        return group.wait();
      }),
    fixed: (start) =>
      start("func1", () => {
        const group = new WaitGroup(GROUP);
        group.add(1);
        group.done();
        return group.wait();
      }),
  },
  {
    name: "MutexStack",
    leaks: ["func1 [acquire mu]"],
    leaky(start) {
      for (let i = 0; i < 100; i++) start("func1", () => lockTwice(new Mutex(LOCK)));
    },
    fixed: (start) => start("func1", () => lockInTurn(new Mutex(LOCK))),
  },
  {
    name: "MutexHeap",
    leaks: ["func1.1 [acquire mu]"],
    leaky(start) {
      for (let i = 0; i < 100; i++) {
        start("func1", () => {
          const mu = new Mutex(LOCK);
          start("func1.1", () => lockTwice(mu));
        });
      }
    },
    fixed: (start) =>
      start("func1", () => {
        const mu = new Mutex(LOCK);
        start("func1.1", () => lockInTurn(mu));
      }),
  },
  {
    name: "Cond",
    leaks: ["func1 [receive signal]"],
    // There is no condition variable; what waits for a signal receives from a channel.
    leaky: (start) => start("func1", () => named("signal").receive()),
    fixed: (start) =>
      start("func1", async () => {
        const signal = named("signal");
        start("func1.1", () => signal.send(1));
        await signal.receive();
      }),
  },
  {
    name: "RWMutexRLock",
    leaks: ["func1 [read lock mu]"],
    leaky: (start) =>
      start("func1", async () => {
        const mu = new RWMutex(LOCK);
        await mu.lock();
        await mu.readLock();
      }),
    fixed: (start) =>
      start("func1", async () => {
        const mu = new RWMutex(LOCK);
        (await mu.lock())[Symbol.dispose]();
        await mu.readLock();
      }),
  },
  {
    name: "RWMutexLock",
    leaks: ["func1 [lock mu]"],
    leaky: (start) =>
      start("func1", async () => {
        const mu = new RWMutex(LOCK);
        await mu.lock();
        await mu.lock();
      }),
    fixed: (start) =>
      start("func1", async () => {
        const mu = new RWMutex(LOCK);
        (await mu.lock())[Symbol.dispose]();
        await mu.lock();
      }),
  },
  {
    name: "Mixed",
    leaks: ["func1 [wait group]", "func1.1 [send c]"],
    leaky: (start) =>
      start("func1", async () => {
        const [c, group] = [named("c"), new WaitGroup(GROUP)];
        group.add(1);
        start("func1.1", async () => {
          await c.send(0);
          group.done();
        });
        await group.wait();
        await c.receive();
      }),
    fixed: (start) =>
      start("func1", async () => {
        const [c, group] = [named("c"), new WaitGroup(GROUP)];
        group.add(1);
        start("func1.1", async () => {
          await c.send(0);
          group.done();
        });
        await c.receive();
        await group.wait();
      }),
  },
];

function closed(): Channel<number> {
  const channel = named("closed");
  channel.close();
  return channel;
}

async function lockTwice(mu: Mutex): Promise<void> {
  await mu.lock();
  await mu.lock();
}

async function lockInTurn(mu: Mutex): Promise<void> {
  for (let i = 0; i < 2; i++) {
    using _ = await mu.lock();
  }
}
