// The other libraries' side of each row. Loaded by a computed path and kept out of the type check, because they are
// installed in this folder only, by run.ts.
import { channel as cspChannel, select as cspSelect } from "@thi.ng/csp";
import { Mutex, Semaphore as MutexSemaphore } from "async-mutex";
import { Sema } from "async-sema";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import * as EffectSemaphore from "effect/Semaphore";
import { run as effection, spawn as effectionSpawn } from "effection";
import pLimit from "p-limit";
import { Chan, recv as chanRecv, Select } from "ts-chan";

async function both(produce, consume) {
  await Promise.all([produce(), consume()]);
}

const effectQueue = (capacity) => (n) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const queue = yield* Queue.bounded(capacity);
      const producer = yield* Effect.forkChild(
        Effect.gen(function* () {
          for (let i = 0; i < n; i += 1) yield* Queue.offer(queue, i);
        }),
      );
      for (let i = 0; i < n; i += 1) yield* Queue.take(queue);
      yield* Fiber.join(producer);
    }),
  );

const tsChan = (capacity) => (n) => {
  const channel = new Chan(capacity);
  return both(
    async () => {
      for (let i = 0; i < n; i += 1) await channel.send(i);
    },
    async () => {
      for (let i = 0; i < n; i += 1) await channel.recv();
    },
  );
};

const csp = (capacity) => (n) => {
  const channel = cspChannel(capacity);
  return both(
    async () => {
      for (let i = 0; i < n; i += 1) await channel.write(i);
    },
    async () => {
      for (let i = 0; i < n; i += 1) await channel.read();
    },
  );
};

async function chanSelect(n, parked) {
  const channels = Array.from({ length: 4 }, () => new Chan(1));
  const choice = new Select(channels.map((one) => chanRecv(one)));
  for (let i = 0; i < n; i += 1) {
    if (!parked) channels[2].trySend(i);
    const chosen = parked ? choice.wait() : (choice.poll() ?? choice.wait());
    if (parked) channels[2].trySend(i);
    choice.recv(choice.cases[await chosen]);
  }
}

async function cspSelectRow(n, parked) {
  const [a, b, c, d] = Array.from({ length: 4 }, () => cspChannel(1));
  for (let i = 0; i < n; i += 1) {
    if (!parked) c.offer(i);
    const chosen = cspSelect(a, b, c, d);
    if (parked) c.offer(i);
    await chosen;
  }
}

const settledPromise = async (i) => i;

export const peers = {
  unbuffered: { effect: effectQueue(0), "ts-chan": tsChan(0), "thi.ng(1)": csp(1) },
  buffered: { effect: effectQueue(64), "ts-chan": tsChan(64), "thi.ng(64)": csp(64) },
  "try-pair": {
    "ts-chan": (n) => {
      const channel = new Chan(1);
      for (let i = 0; i < n; i += 1) {
        channel.trySend(i);
        channel.tryRecv();
      }
    },
    "thi.ng(1)": (n) => {
      const channel = cspChannel(1);
      for (let i = 0; i < n; i += 1) {
        channel.offer(i);
        channel.poll();
      }
    },
  },
  "select-ready": { "ts-chan": (n) => chanSelect(n, false), "thi.ng(1)": (n) => cspSelectRow(n, false) },
  "select-parked": { "ts-chan": (n) => chanSelect(n, true), "thi.ng(1)": (n) => cspSelectRow(n, true) },
  spawn: {
    "raw promise": async (n) => {
      for (let i = 0; i < n; i += 1) await settledPromise(i);
    },
    effect: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i += 1) yield* Fiber.join(yield* Effect.forkChild(Effect.sync(() => i)));
        }),
      ),
    effection: (n) =>
      effection(function* () {
        for (let i = 0; i < n; i += 1) {
          // oxlint-disable-next-line require-yield -- a task that waits for nothing
          yield* yield* effectionSpawn(function* () {
            return i;
          });
        }
      }),
    "p-limit": async (n) => {
      const limit = pLimit(1);
      for (let i = 0; i < n; i += 1) await limit(() => i);
    },
  },
  "spawn-join": {
    "raw promise": async (n) => {
      for (let i = 0; i < n; i += 100) {
        await Promise.all(Array.from({ length: 100 }, (_, j) => settledPromise(j)));
      }
    },
    effect: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          for (let i = 0; i < n; i += 100) {
            const fibers = [];
            for (let j = 0; j < 100; j += 1) fibers.push(yield* Effect.forkChild(Effect.sync(() => j)));
            yield* Fiber.awaitAll(fibers);
          }
        }),
      ),
  },
  "acquire-using": {
    "using alone": async (n) => {
      const free = { [Symbol.dispose]: () => undefined };
      for (let i = 0; i < n; i += 1) {
        using _ = await Promise.resolve(free);
      }
    },
  },
  context: {
    AbortController: (n) => {
      for (let i = 0; i < n; i += 1) {
        const controller = new AbortController();
        controller.signal.addEventListener("abort", () => undefined);
        controller.abort();
      }
    },
    "AbortSignal.any": (n) => {
      const parent = new AbortController();
      for (let i = 0; i < n; i += 1) {
        const own = new AbortController();
        // oxlint-disable-next-line barrage/no-abort-signal-any -- what it costs is what this measures
        AbortSignal.any([parent.signal, own.signal]);
        own.abort();
      }
    },
  },
  acquire: {
    "async-sema": async (n) => {
      const semaphore = new Sema(1);
      for (let i = 0; i < n; i += 1) {
        await semaphore.acquire();
        semaphore.release();
      }
    },
    "async-mutex": async (n) => {
      const mutex = new Mutex();
      for (let i = 0; i < n; i += 1) (await mutex.acquire())();
    },
    "async-mutex sem": async (n) => {
      const semaphore = new MutexSemaphore(1);
      for (let i = 0; i < n; i += 1) (await semaphore.acquire())[1]();
    },
    effect: (n) =>
      Effect.runPromise(
        Effect.gen(function* () {
          const semaphore = yield* EffectSemaphore.make(1);
          for (let i = 0; i < n; i += 1) yield* EffectSemaphore.withPermit(semaphore, Effect.void);
        }),
      ),
    "p-limit": async (n) => {
      const limit = pLimit(1);
      for (let i = 0; i < n; i += 1) await limit(() => undefined);
    },
  },
};

/** Starts `n` pieces of work that wait for ever, and gives what keeps them alive. */
export const parked = {
  "raw promise": async (n) => {
    const gates = [];
    const kept = [];
    for (let i = 0; i < n; i += 1) {
      const work = async () => {
        await new Promise((resolve) => gates.push(resolve));
      };
      kept.push(work());
    }
    return [gates, kept];
  },
  effect: async (n) => {
    const kept = [];
    for (let i = 0; i < n; i += 1) kept.push(Effect.runFork(Effect.callback(() => undefined)));
    return kept;
  },
};
