/**
 * Run with --expose-gc: starts tasks that nothing can wake, and tasks that something can, collects garbage, and prints
 * which ones were reported. The leaking programs follow the descriptions of Go's goroutine leak profile tests
 * (runtime/testdata/testgoroutineleakprofile, simple.go and commonpatterns.go); each name is the one it has there.
 */
import {
  background,
  Channel,
  go,
  liveTasks,
  Mutex,
  nextTurn,
  recv,
  RWMutex,
  Scope,
  scope,
  select,
  send,
  Semaphore,
  sleep,
  WaitGroup,
} from "@barrage/kernel";
import { creationStacks, onLeak } from "@barrage/kernel/diagnostics";

creationStacks("full");

type Start = (name: string) => void;

const start =
  (body: () => Promise<unknown>): Start =>
  (name) =>
    void go(() => body(), { name });

const LEAKS: Readonly<Record<string, Start>> = {
  NilRecv: start(() => select({ never: recv<number>(null) })),
  NilSend: start(() => select({ never: send<number>(null, 1) })),
  SelectNoCases: start(() => select({})),
  ChanRecv: start(() => new Channel<void>(0, { name: "c" }).receive()),
  ChanSend: start(() => new Channel<number>(0, { name: "c" }).send(1)),
  Select: start(() => select({ a: recv(new Channel<number>()), b: send(new Channel<number>(), 1) })),
  WaitGroup: start(() => {
    const group = new WaitGroup({ name: "wg" });
    group.add(1);
    return group.wait();
  }),
  MutexStack: start(async () => {
    const lock = new Mutex({ name: "mu" });
    await lock.lock();
    await lock.lock();
  }),
  MutexHeap(name) {
    const shared = { lock: new Mutex({ name: "mu" }) };
    shared.lock.tryLock();
    void go(() => shared.lock.lock(), { name });
  },
  RWMutexRLock: start(async () => {
    const lock = new RWMutex({ name: "rw" });
    await lock.lock();
    await lock.readLock();
  }),
  RWMutexLock: start(async () => {
    const lock = new RWMutex({ name: "rw" });
    await lock.readLock();
    await lock.lock();
  }),
  Mixed(name) {
    const [c, group] = [new Channel<void>(), new WaitGroup()];
    group.add(1);
    void go(
      async () => {
        await c.send();
        group.done();
      },
      { name },
    );
    void go(() => group.wait(), { name });
  },
  NoCloseRange: start(async () => {
    const jobs = new Channel<number>();
    for (let i = 0; i < 2; i++) {
      void go(
        async () => {
          for await (const _ of jobs) await nextTurn();
        },
        { name: "NoCloseRange worker" },
      );
    }
    await jobs.send(1);
  }),
  MethodContractViolation(name) {
    class Worker {
      readonly jobs = new Channel<number>();
      readonly end = new Channel<void>();
      start(): void {
        void go(() => select({ job: recv(this.jobs), end: recv(this.end) }), { name });
      }
      stop(): void {
        this.end.close();
      }
    }
    new Worker().start();
  },
  DoubleSend(name) {
    const done = new Channel<Error | undefined>();
    void go(
      async () => {
        await done.send(new Error("first"));
        await done.send(undefined);
      },
      { name },
    );
    void go(() => done.receive(), { name: "reads one" });
  },
  EarlyReturn(name) {
    const answer = new Channel<number>();
    void go(() => answer.send(1), { name });
    // The caller fails here, before it would receive.
  },
  NCastLeak: start(async () => {
    const first = new Channel<number>();
    for (let i = 0; i < 3; i++) void go(() => first.send(i), { name: "NCastLeak sender" });
    await first.receive();
  }),
  Timeout: start(async () => {
    const done = new Channel<void>();
    void go(
      async () => {
        await sleep(5);
        await done.send();
      },
      { name: "Timeout sender" },
    );
    await select({ done: recv(done), late: recv(closed()) });
  }),
  ScopeNobodyHolds(name) {
    const s = new Scope();
    s.spawn((ctx) => new Channel<void>(0, { name: "own context" }).receive(ctx), { name });
  },
  HandleIsKept(name) {
    kept.push(go(() => new Channel<void>().receive(), { name }));
  },
};

function closed(): Channel<void> {
  const channel = new Channel<void>();
  channel.close();
  return channel;
}

// What stays reachable for the whole program.
const kept: unknown[] = [];
const global = new Channel<void>(0, { name: "global" });
const gate = new Semaphore(1, { name: "gate" });
const emitter = new EventTarget();
gate.tryAcquire();

const CLEAN: Readonly<Record<string, Start>> = {
  NoLeakGlobal: start(() => global.receive()),
  LockHeldByModule: start(() => gate.acquire()),
  Sleeping: start(() => sleep(3_600_000)),
  PlatformTimer: start(
    () =>
      new Promise((resolve) => {
        kept.push(setTimeout(resolve, 3_600_000));
      }),
  ),
  Listener: start(
    () =>
      new Promise((resolve) => {
        emitter.addEventListener("never", resolve);
      }),
  ),
  CancellableByModule(name) {
    const s = new Scope();
    kept.push(s);
    s.spawn((ctx) => new Channel<void>().receive(ctx), { name });
  },
  CancellableByApplication: (name) => void go((ctx) => new Channel<void>().receive(ctx), { name }),
  Deadline(name) {
    const ctx = background.cancellable({ timeout: 3_600_000 });
    void go(() => new Channel<void>().receive(ctx), { name });
  },
  Ended: start(() => nextTurn()),
  Nursery: start(() => scope((s) => void s.spawn(() => global.receive(), { name: "Nursery child" }))),
};

const reported: string[] = [];
const details: string[] = [];
using _watch = onLeak(
  ({ kind, groups }) => {
    for (const { labels, waiting, stack, count } of groups) {
      for (let i = 0; i < count; i++) reported.push(labels["task"] ?? "");
      details.push(`${kind} ${labels["task"]} [${waiting}] ${stack[0] ?? "no stack"}`);
    }
  },
  { everyMs: 3_600_000 },
);

for (const [name, run] of Object.entries({ ...LEAKS, ...CLEAN })) run(name);
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error("run with --expose-gc");
for (let i = 0; i < 40; i++) {
  await sleep(2);
  collect();
}
await nextTurn();
const listed = liveTasks().map(({ name }) => name);
console.log(
  JSON.stringify({ leaks: Object.keys(LEAKS), clean: Object.keys(CLEAN), reported, details, listed }),
);
process.exit(0);
