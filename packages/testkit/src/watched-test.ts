import { after, beforeEach, type TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { liveTasks } from "@barrage/kernel";
import { assertNoLeaks } from "@barrage/kernel/diagnostics";
import { forgetReason, reasonGiven } from "./leaves-tasks.ts";

// Real time that tasks get to end (ms). They have been told to by then, and closing goes through sockets and threads
// of a machine that may do other things as well. Only a leak costs all of it.
const GRACE_MS = 5_000;

// Turns of the event loop that what fixtures have closed has to end (a count).
const FIXTURE_TURNS = 200;

/** Tasks that a test left and has answered for: no other is to be blamed for them. */
const known = new Set<number>();

/** Hooks of the root are inherited by every test of the file. */
export function watchEveryTest(): void {
  beforeEach((context) => watch(context as TestContext));
  after(noTaskLeft);
}

/**
 * The watch ends in the test's last `after` hook: they run in the order of their registration, after `afterEach`, so
 * the first run of this one goes to the end of the line.
 */
function watch(test: TestContext): void {
  forgetReason();
  const over = Promise.withResolvers<void>();
  const checked = endsClean(over.promise);
  test.after(() =>
    test.after(() => {
      over.resolve();
      return checked;
    }),
  );
}

/** One test under `assertNoLeaks`, from before its body until its hooks have ended what it began. */
async function endsClean(over: Promise<void>): Promise<void> {
  const options = {
    around: true,
    get grace(): number {
      return reasonGiven() === undefined ? GRACE_MS : 0;
    },
  };
  try {
    await assertNoLeaks(() => over, options);
  } catch (error) {
    for (const { id } of liveTasks()) known.add(id);
    if (reasonGiven() === undefined) throw error;
    return;
  }
  if (reasonGiven() !== undefined) throw new Error(`it leaves no task, though it says: ${reasonGiven()}`);
}

async function noTaskLeft(): Promise<void> {
  for (let i = 0; i < FIXTURE_TURNS && tasksLeft().length > 0; i++) await turn();
  const left = tasksLeft();
  if (left.length === 0) return;
  // A failed hook of the root is told by the reporter, and leaves the exit code as it was.
  process.exitCode = 1;
  throw new Error(`tasks outlived the tests of this file: ${left.join(", ")}`);
}

function tasksLeft(): readonly string[] {
  return liveTasks()
    .filter(({ id }) => !known.has(id))
    .map(({ name, scope, waiting }) => `${scope}/${name} (${waiting ?? "running"})`);
}
