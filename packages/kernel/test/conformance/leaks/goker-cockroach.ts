import { background, Channel, Mutex, recv, select, WaitGroup } from "@barrage/kernel";
import { done, type LeakProgram, type Start, yieldNow } from "./program.ts";

/** Cockroach 7504: the lease is locked before the name cache here, and after it there. */
function leases(start: Start, fixed: boolean): void {
  const [lease, cache, table] = [
    new Mutex({ name: "lease" }),
    new Mutex({ name: "cache" }),
    new Mutex({ name: "table" }),
  ];
  start("AcquireByName", async () => {
    using _cache = await cache.lock();
    await yieldNow();
    using _lease = await lease.lock();
  });
  start("Release", async () => {
    using _table = await table.lock();
    if (fixed) {
      using _cache = await cache.lock();
      using _lease = await lease.lock();
      return;
    }
    using _lease = await lease.lock();
    await yieldNow();
    using _cache = await cache.lock();
  });
}

/** Cockroach 13197 and 13755: a task waits for a context that nobody cancels any more. */
function awaitDone(start: Start, cancels: boolean): void {
  start("begin", () => {
    const ctx = background.cancellable();
    start("awaitDone", () => done(ctx).receive());
    if (cancels) start("Rollback", () => ctx.cancel());
  });
}

/** Cockroach 24808: the channel is full already, and its reader is started after the send. */
function compactor(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const ch = new Channel<void>(1, { name: "compactor" });
    const stopper = new Channel<void>(0, { name: "stopper" });
    await ch.send(undefined);
    if (fixed) ch.trySend(undefined);
    else await ch.send(undefined);
    start("worker", async () => {
      for (;;) {
        const got = await select({ stop: recv(stopper), work: recv(ch) });
        if (got.case === "stop") return;
      }
    });
    stopper.close();
  });
}

/** Cockroach 25456: the queue waits for a stopper that is never told to stop. */
function consistencyQueue(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const quiescer = new Channel<void>(0, { name: "quiescer" });
    if (fixed) quiescer.close();
    for (let i = 0; i < 2; i++) await quiescer.receive();
  });
}

/** Cockroach 35073: rows are pushed to a consumer that has gone. */
function outbox(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const rows = new Channel<number>(16, { name: "rows" });
    const blocked = new WaitGroup();
    for (let i = 0; i < 16; i++) await rows.send(i);
    blocked.add(1);
    start("func2.1", async () => {
      await rows.send(16);
      blocked.done();
    });
    // The consumer that closes has to empty the channel; one receive is not enough for two senders.
    if (fixed) {
      start("consumer", async () => {
        for await (const _ of rows) if (rows.closed) return;
      });
    }
    await yieldNow();
    await rows.send(17);
    if (fixed) {
      await blocked.wait();
      rows.close();
    }
  });
}

/** Cockroach 35931: cancelling pushes into a receiver that is full. */
function flow(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const streams = ["left", "right"].map((name) => new Channel<void>(1, { name }));
    await streams[0]?.send(undefined);
    for (const stream of streams) {
      if (fixed) stream.trySend(undefined);
      else await stream.send(undefined);
    }
  });
}

export const COCKROACH: readonly LeakProgram[] = [
  {
    name: "Cockroach7504",
    leaks: ["AcquireByName [acquire lease]", "Release [acquire cache]"],
    leaky: (start) => leases(start, false),
    fixed: (start) => leases(start, true),
  },
  {
    name: "Cockroach13197",
    leaks: ["awaitDone [receive done]"],
    leaky: (start) => awaitDone(start, false),
    fixed: (start) => awaitDone(start, true),
  },
  {
    name: "Cockroach13755",
    leaks: ["awaitDone [receive done]"],
    leaky(start) {
      const rows = { cancel: (): void => undefined };
      start("awaitDone", async () => {
        const ctx = background.cancellable();
        rows.cancel = () => ctx.cancel();
        await done(ctx).receive();
        rows.cancel();
      });
    },
    fixed(start) {
      const rows = { cancel: (): void => undefined };
      start("awaitDone", async () => {
        const ctx = background.cancellable();
        rows.cancel = () => ctx.cancel();
        await done(ctx).receive();
        rows.cancel();
      });
      start("Close", async () => {
        await yieldNow();
        rows.cancel();
      });
    },
  },
  {
    name: "Cockroach24808",
    leaks: ["func2 [send compactor]"],
    leaky: (start) => compactor(start, false),
    fixed: (start) => compactor(start, true),
  },
  {
    name: "Cockroach25456",
    leaks: ["func2 [receive quiescer]"],
    leaky: (start) => consistencyQueue(start, false),
    fixed: (start) => consistencyQueue(start, true),
  },
  {
    name: "Cockroach35073",
    leaks: ["func2 [send rows]", "func2.1 [send rows]"],
    leaky: (start) => outbox(start, false),
    fixed: (start) => outbox(start, true),
  },
  {
    name: "Cockroach35931",
    leaks: ["func2 [send left]"],
    leaky: (start) => flow(start, false),
    fixed: (start) => flow(start, true),
  },
];
