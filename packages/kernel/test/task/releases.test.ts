import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextTurn, Scope, scope } from "@barrage/kernel";

// Cases described by test262's built-ins/AsyncDisposableStack and DisposableStack, asked of a scope.

async function thrown(running: Promise<unknown>): Promise<unknown> {
  return running.then(
    () => assert.fail("it did not throw"),
    (error: unknown) => error,
  );
}

describe("releases of a scope (test262: AsyncDisposableStack)", () => {
  it("[KN-28] release in the reverse order, whatever way they were given", async () => {
    const order: unknown[] = [];
    await scope((s) => {
      s.defer(() => void order.push("deferred"));
      s.use({ [Symbol.dispose]: () => void order.push("sync") });
      s.adopt("adopted", (value) => void order.push(value));
      s.use({ [Symbol.asyncDispose]: async () => void order.push("async") });
    });

    assert.deepEqual(order, ["async", "adopted", "sync", "deferred"]);
  });

  it("[KN-36] take null and undefined, and give back what they were given", async () => {
    await using own = new Scope();
    const resource = { [Symbol.dispose]: () => undefined };

    assert.deepEqual([own.use(null), own.use(undefined)], [null, undefined]);
    assert.equal(own.use(resource), resource);
    assert.equal(
      own.adopt(5, () => undefined),
      5,
    );
  });

  it("[KN-36] refuse at once what cannot be disposed", async () => {
    await using own = new Scope();
    const refused = { name: "NotDisposableError", code: "KERNEL_NOT_DISPOSABLE" };

    for (const method of [undefined, null, 5, {}]) {
      const resource = { [Symbol.dispose]: method } as unknown as Disposable;
      assert.throws(() => own.use(resource), refused);
    }
    assert.throws(() => own.use(Object(5) as Disposable), TypeError);
    assert.throws(() => own.use({ [Symbol.asyncDispose]: 5 } as unknown as AsyncDisposable), refused);
  });

  it("[KN-36] read the method once, when they are given it, and call it on the resource", async () => {
    let reads = 0;
    const calls: unknown[] = [];
    const resource = {
      get [Symbol.asyncDispose]() {
        reads += 1;
        return async function own(this: unknown): Promise<void> {
          calls.push(this);
        };
      },
    };
    await scope((s) => {
      s.use(resource);
      assert.equal(reads, 1);
    });

    assert.equal(reads, 1);
    assert.equal(calls[0], resource);
  });

  it("[KN-36] prefer the asynchronous method, and fall back where that is null or undefined", async () => {
    const order: string[] = [];
    const both = (name: string, method: (() => Promise<void>) | null | undefined) => ({
      [Symbol.asyncDispose]: method,
      [Symbol.dispose]: () => void order.push(`sync ${name}`),
    });
    await scope((s) => {
      s.use(both("a", async () => void order.push("async a")));
      s.use(both("b", null));
      s.use(both("c", undefined));
    });

    assert.deepEqual(order, ["sync c", "sync b", "async a"]);
  });

  it("[KN-37] wait for each release before the next, but not for what a synchronous one gives", async () => {
    const order: string[] = [];
    const slow = async (name: string): Promise<void> => {
      order.push(`${name} begins`);
      await nextTurn();
      order.push(`${name} ends`);
    };
    await scope((s) => {
      s.defer(() => void order.push("first"));
      s.use({ [Symbol.asyncDispose]: () => slow("async") });
      s.defer(() => slow("deferred"));
      s.use({ [Symbol.dispose]: (): void => void Promise.withResolvers<void>().promise });
      s.use({ [Symbol.dispose]: () => Promise.withResolvers<void>().promise });
    });

    assert.deepEqual(order, ["deferred begins", "deferred ends", "async begins", "async ends", "first"]);
  });

  it("[KN-28] chain their failures, the latest outermost, down to that of the body", async () => {
    const [body, one, two] = [new Error("body"), new Error("one"), new Error("two")];
    const failing = scope((s) => {
      s.defer(() => Promise.reject(one));
      s.defer(() => {
        throw two;
      });
      throw body;
    });

    const outer = (await thrown(failing)) as SuppressedError;

    assert.ok(outer instanceof SuppressedError);
    assert.equal(outer.error, one);
    const inner = outer.suppressed as SuppressedError;
    assert.deepEqual([inner.error, inner.suppressed], [two, body]);
  });

  it("[KN-28] throw a single failure as it is, whatever it is", async () => {
    for (const failure of [undefined, null, 0, new Error("x")]) {
      const own = new Scope();
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- anything may be thrown; that is the case
      own.defer(() => Promise.reject(failure));
      const error = await own[Symbol.asyncDispose]().then(
        () => "nothing",
        (thrown: unknown) => thrown,
      );
      assert.equal(error, failure);
    }
  });

  it("[KN-29][KN-30] are run once, and refuse more after that", async () => {
    let runs = 0;
    const own = new Scope();
    own.defer(() => void (runs += 1));
    assert.equal(own.closed, false);

    await own[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();

    assert.deepEqual([runs, own.closed], [1, true]);
    const refused = { code: "KERNEL_SCOPE_CLOSED" };
    assert.throws(() => own.adopt(1, () => undefined), refused);
    assert.throws(() => own.use(null), refused);
  });
});
