import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Hook, Hooks, onTaskFailure } from "@barrage/kernel";

type Watcher = Hook<string, number, string>;

function watcher(name: string, told: string[]): Watcher {
  return {
    name,
    before: (facts) => told.push(`${name} before ${facts}`),
    after: (facts, end) => told.push(`${name} after ${facts} ${end}`),
    failed: (facts, failure) => told.push(`${name} failed ${facts} ${failure}`),
  };
}

const ends = { end: () => 7, failure: (error: unknown) => (error as Error).message };

describe("Hooks", () => {
  it("[KN-190] closes in the reverse order, and tells of the end once", async () => {
    const told: string[] = [];
    const hooks = new Hooks<string, number, string>();
    hooks.add(watcher("a", told));
    hooks.add({ name: "nothing" });
    hooks.add(watcher("b", told));

    hooks.before("r");
    hooks.failed("r", "no");
    hooks.after("r", 1);

    assert.deepEqual(told, [
      "a before r",
      "b before r",
      "b failed r no",
      "a failed r no",
      "b after r 1",
      "a after r 1",
    ]);
  });

  it("[KN-190] tells no more a hook that was removed, and each of two alike alone", () => {
    const told: string[] = [];
    const hooks = new Hooks<string, number, string>();
    const one = watcher("a", told);
    const first = hooks.add(one);
    hooks.add(one);

    first[Symbol.dispose]();
    first[Symbol.dispose]();
    hooks.before("r");

    assert.deepEqual(told, ["a before r"]);
  });

  it("[KN-191] tells the others when one throws, and its error to the handler", () => {
    const told: string[] = [];
    const errors: string[] = [];
    const hooks = new Hooks<string, number, string>((name, error) =>
      errors.push(`${name}: ${(error as Error).message}`),
    );
    const broken = (): never => {
      throw new Error("hook");
    };
    hooks.add({ name: "broken", before: broken, after: broken, failed: broken });
    hooks.add(watcher("a", told));

    hooks.before("r");
    hooks.failed("r", "x");
    hooks.after("r", 2);

    assert.deepEqual(told, ["a before r", "a failed r x", "a after r 2"]);
    assert.deepEqual(errors, Array(3).fill("broken: hook"));
  });

  it("[KN-191] reports the error when no handler is given", () => {
    const names: string[] = [];
    using _ = onTaskFailure(({ name }) => names.push(name));
    const hooks = new Hooks<string>();
    hooks.add({
      name: "broken",
      before: () => {
        throw new Error("hook");
      },
    });

    hooks.before("r");

    assert.deepEqual(names, ["broken"]);
  });

  it("[KN-192] gives what the body gives, and throws what it throws, between before and after", async () => {
    const told: string[] = [];
    const hooks = new Hooks<string, number, string>();
    hooks.add(watcher("a", told));
    const bad = new Error("bad");

    assert.equal(await hooks.around("r", () => Promise.resolve(5), ends), 5);
    assert.deepEqual(told.splice(0), ["a before r", "a after r 7"]);
    const body = (): never => {
      throw bad;
    };
    await assert.rejects(hooks.around("r", body, ends), bad);

    assert.deepEqual(told, ["a before r", "a failed r bad", "a after r 7"]);
  });
});
