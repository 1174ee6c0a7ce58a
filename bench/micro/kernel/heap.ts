/** Rows that are about memory. Needs `--expose-gc`. */
import { background, Channel, liveTaskCount, recv, Scope, select } from "@barrage/kernel";

function settledHeap(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run with --expose-gc");
  for (let i = 0; i < 3; i += 1) gc();
  return process.memoryUsage().heapUsed;
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What the body gave, alive while it is measured. */
const kept = new Set<unknown>();

/** Heap growth of `body`, in bytes, while what it gives is alive. */
export async function retained(body: () => unknown): Promise<number> {
  await turn();
  const before = settledHeap();
  kept.add(await body());
  await turn();
  const after = settledHeap();
  kept.clear();
  return after - before;
}

/** Bytes of each of `n` tasks that wait for a channel. */
export async function parkedTask(n: number): Promise<number> {
  await using all = new Scope(background, { name: "parked" });
  const gate = new Channel<void>();
  const bytes = await retained(async () => {
    for (let i = 0; i < n; i += 1) all.spawn(async (ctx) => void (await gate.receive(ctx)));
    await turn();
    if (liveTaskCount() < n) throw new Error("the tasks do not wait");
  });
  return bytes / n;
}

/** What a million selects leave behind in a channel that nobody ever sends to, in bytes. */
export async function selectResidue(n: number): Promise<number> {
  const dead = new Channel<number>();
  const live = new Channel<number>(1);
  const some = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const chosen = select({ dead: recv(dead), live: recv(live) });
      live.trySend(i);
      await chosen;
    }
  };
  await some(10_000);
  return retained(async () => {
    await some(n);
    return [dead, live];
  });
}

/** What a million child contexts leave behind in their live parent, in bytes. */
export async function contextResidue(n: number): Promise<number> {
  using parent = background.cancellable();
  for (let i = 0; i < 10_000; i += 1) parent.cancellable().cancel();
  return await retained(() => {
    for (let i = 0; i < n; i += 1) parent.cancellable().cancel();
    return parent;
  });
}
