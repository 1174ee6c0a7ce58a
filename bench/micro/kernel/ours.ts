/** The kernel's side of each row: what does `n` of the operation that the row is about. */
import { background, Channel, recv, scope, select, Semaphore } from "@barrage/kernel";
import type { Contender } from "./measure.ts";

/** One producer, one consumer. */
async function produceAndConsume(channel: Channel<number>, n: number): Promise<void> {
  const produce = async (): Promise<void> => {
    for (let i = 0; i < n; i += 1) await channel.send(i);
  };
  const consume = async (): Promise<void> => {
    for (let i = 0; i < n; i += 1) await channel.receive();
  };
  await Promise.all([produce(), consume()]);
}

function tryPairs(n: number): void {
  const channel = new Channel<number>(1);
  for (let i = 0; i < n; i += 1) {
    channel.trySend(i);
    channel.tryReceive();
  }
}

const four = (): Channel<number>[] => Array.from({ length: 4 }, () => new Channel<number>(1));

async function selectReady(n: number): Promise<void> {
  const [a, b, c, d] = four() as [Channel<number>, Channel<number>, Channel<number>, Channel<number>];
  for (let i = 0; i < n; i += 1) {
    c.trySend(i);
    await select({ a: recv(a), b: recv(b), c: recv(c), d: recv(d) });
  }
}

async function selectParked(n: number): Promise<void> {
  const [a, b, c, d] = four() as [Channel<number>, Channel<number>, Channel<number>, Channel<number>];
  for (let i = 0; i < n; i += 1) {
    const chosen = select({ a: recv(a), b: recv(b), c: recv(c), d: recv(d) });
    c.trySend(i);
    await chosen;
  }
}

async function spawnAndJoin(n: number): Promise<void> {
  await scope(async (all) => {
    for (let i = 0; i < n; i += 1) await all.spawn(() => i);
  });
}

function childContexts(n: number): void {
  using parent = background.cancellable();
  for (let i = 0; i < n; i += 1) parent.cancellable().cancel();
}

async function spawnAndJoinAll(n: number): Promise<void> {
  await scope(async (all) => {
    for (let i = 0; i < n; i += 100) {
      for (let j = 0; j < 100; j += 1) all.spawn(() => j);
      await all.join();
    }
  });
}

async function acquire(n: number): Promise<void> {
  const semaphore = new Semaphore(1);
  for (let i = 0; i < n; i += 1) (await semaphore.acquire())[Symbol.dispose]();
}

async function acquireUsing(n: number): Promise<void> {
  const semaphore = new Semaphore(1);
  for (let i = 0; i < n; i += 1) {
    using _ = await semaphore.acquire();
  }
}

export const ours: Readonly<Record<string, Contender>> = {
  unbuffered: (n) => produceAndConsume(new Channel<number>(), n),
  buffered: (n) => produceAndConsume(new Channel<number>(64), n),
  "try-pair": tryPairs,
  "select-ready": selectReady,
  "select-parked": selectParked,
  spawn: spawnAndJoin,
  context: childContexts,
  "spawn-join": spawnAndJoinAll,
  acquire,
  "acquire-using": acquireUsing,
};
