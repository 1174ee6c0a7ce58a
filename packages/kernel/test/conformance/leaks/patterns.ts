import { background, Channel, recv, select } from "@barrage/kernel";
import { done, type LeakProgram, type Start, yieldNow } from "./program.ts";

const named = (name: string, capacity = 0): Channel<number> => new Channel<number>(capacity, { name });

function noCloseRange(start: Start, workers: number, closes: boolean): void {
  start("noCloseRange", async () => {
    const ch = named("ch");
    for (let i = 0; i < workers; i++) {
      start("noCloseRange.func1", async () => {
        for await (const _ of ch) await yieldNow(1);
      });
    }
    if (workers === 0 && closes) return;
    for (const item of [1, 2, 3]) await ch.send(item);
    if (closes) ch.close();
  });
}

function worker(start: Start, stops: boolean): void {
  const [ch, stop] = [named("ch"), named("done")];
  start("worker.Start.func1", async () => {
    for (;;) {
      const got = await select({ work: recv(ch), stop: recv(stop) });
      if (got.case === "stop") return;
    }
  });
  start("workerLifecycle", async () => {
    for (let i = 0; i < 10; i++) await ch.send(i);
    if (stops) stop.close();
  });
}

function doubleSend(start: Start, returns: boolean): void {
  const send = async (ch: Channel<number>, failed: boolean): Promise<void> => {
    if (failed) await ch.send(0);
    if (failed && returns) return;
    await ch.send(1);
  };
  start("DoubleSend", async () => {
    const ch = named("ch");
    start("DoubleSend.func2", () => send(ch, false));
    await ch.receive();
    start("DoubleSend.func3", () => send(ch, true));
    await ch.receive();
    const buffered = named("buffered", 1);
    start("DoubleSend.func4", () => send(buffered, true));
    await buffered.receive();
  });
}

function earlyReturn(start: Start, capacity: number): void {
  start("earlyReturn", async () => {
    const ch = named("ch", capacity);
    start("earlyReturn.func1", () => ch.send(1));
    const failed = true;
    if (failed) return;
    await ch.receive();
  });
}

function nCast(start: Start, items: number, capacity: number): void {
  start("NCastLeak.func2", async () => {
    const ch = named("ch", capacity);
    for (let i = 0; i < items; i++) start("nCastLeak.func1", () => ch.send(i));
    if (items > 0 || capacity === 0) await ch.receive();
  });
}

function timeout(start: Start, capacity: number): void {
  const ctx = background.cancellable();
  ctx.cancel();
  for (let i = 0; i < 100; i++) {
    start("timeout", async () => {
      const ch = named("ch", capacity);
      start("timeout.func1", () => ch.send(1));
      await select({ got: recv(ch), late: recv(done(ctx)) });
    });
  }
}

/** commonpatterns.go: the leaks that are made again and again. */
export const PATTERNS: readonly LeakProgram[] = [
  {
    name: "NoCloseRange",
    leaks: ["noCloseRange [send ch]", "noCloseRange.func1 [receive ch]"],
    leaky(start) {
      noCloseRange(start, 0, false);
      noCloseRange(start, 3, false);
    },
    fixed(start) {
      noCloseRange(start, 0, true);
      noCloseRange(start, 3, true);
    },
  },
  {
    name: "MethodContractViolation",
    leaks: ["worker.Start.func1 [select work | stop]"],
    leaky: (start) => worker(start, false),
    fixed: (start) => worker(start, true),
  },
  {
    name: "DoubleSend",
    leaks: ["DoubleSend.func3 [send ch]"],
    leaky: (start) => doubleSend(start, false),
    fixed: (start) => doubleSend(start, true),
  },
  {
    name: "EarlyReturn",
    leaks: ["earlyReturn.func1 [send ch]"],
    leaky: (start) => earlyReturn(start, 0),
    fixed: (start) => earlyReturn(start, 1),
  },
  {
    name: "NCastLeak",
    leaks: ["NCastLeak.func2 [receive ch]", "nCastLeak.func1 [send ch]"],
    leaky(start) {
      nCast(start, 0, 0);
      nCast(start, 5, 0);
    },
    fixed(start) {
      nCast(start, 0, 1);
      nCast(start, 5, 5);
    },
  },
  {
    name: "Timeout",
    leaks: ["timeout.func1 [send ch]"],
    leaky: (start) => timeout(start, 0),
    fixed: (start) => timeout(start, 1),
  },
];
