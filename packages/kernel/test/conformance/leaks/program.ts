import { AsyncLocalStorage } from "node:async_hooks";
import { type CancellableContext, Channel, go, nextTurn } from "@barrage/kernel";
import { type ContextNode, dumpTasks, setAmbient } from "@barrage/kernel/diagnostics";
import { collectGarbage } from "../../garbage.ts";
import { settle } from "../support/waiting.ts";

/** Starts a task of a program under the name that its function has in the original. */
export type Start = (name: string, body: () => unknown) => void;

/** A program that leaks, the tasks it leaks with what they wait for, and the same program put right. */
export interface LeakProgram {
  readonly name: string;
  readonly leaks: readonly string[];
  readonly leaky: (start: Start) => void;
  readonly fixed: (start: Start) => void;
}

// Waits without a context are known across `await` only with an ambient one.
const storage = new AsyncLocalStorage<ContextNode>();
setAmbient({ run: (context, fn) => storage.run(context, fn), get: () => storage.getStore() });

function run(kind: "leaky" | "fixed", program: LeakProgram): void {
  program[kind]((name, body) => {
    go(() => body(), { name: `${kind} ${program.name} ${name}` });
  });
}

export interface Found {
  /** `name [what it waits for]` of the tasks that are proved to wait for ever, each once. */
  readonly unreachable: readonly string[];
  /** The same of those that are alive. */
  readonly alive: readonly string[];
}

/** Runs all programs, leaky and fixed, and looks which of their tasks the collector proves unreachable. */
export async function runAll(programs: readonly LeakProgram[]): Promise<(name: string) => Found> {
  for (const program of programs) {
    run("leaky", program);
    run("fixed", program);
  }
  await settle(20);
  for (let i = 0; i < 3; i++) await collectGarbage();
  const tasks = [...dumpTasks()];
  return (prefix) => {
    const own = tasks.filter((task) => task.name.startsWith(`${prefix} `));
    const show = (some: typeof own): string[] =>
      [...new Set(some.map(({ name, waiting }) => `${name.slice(prefix.length + 1)} [${waiting}]`))].sort();
    return { unreachable: show(own.filter((task) => task.unreachable)), alive: show(own) };
  };
}

/** A channel that ends with a context, as Go's `ctx.Done()`. */
export function done(ctx: CancellableContext): Channel<void> {
  const channel = new Channel<void>(0, { name: "done" });
  ctx.onCancel(() => channel.close());
  return channel;
}

/** A channel that closes some turns later: a timeout without time. */
export function soon(turns = 1): Channel<void> {
  const channel = new Channel<void>(0, { name: "timeout" });
  void (async () => {
    for (let left = turns; left > 0; left--) await nextTurn();
    channel.close();
  })();
  return channel;
}

/** Lets the other tasks run. */
export async function yieldNow(times = 4): Promise<void> {
  for (let left = times; left > 0; left--) await Promise.resolve();
}
