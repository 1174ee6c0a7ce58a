import assert from "node:assert/strict";
import { scope, Scope } from "@barrage/kernel";
import { from } from "../support/origin.ts";

const it = from("test262 built-ins/AsyncDisposableStack");
const sync262 = from("test262 built-ins/DisposableStack, where it has more");

const CLOSED = { code: "KERNEL_SCOPE_CLOSED" };
const NOT_DISPOSABLE = { code: "KERNEL_NOT_DISPOSABLE" };

async function ended(): Promise<Scope> {
  const s = new Scope();
  await s[Symbol.asyncDispose]();
  return s;
}

/** Notes, in order, what was released. */
function released(): {
  order: string[];
  async: (name: string) => AsyncDisposable;
  sync: (name: string) => Disposable;
} {
  const order: string[] = [];
  return {
    order,
    async: (name) => ({
      [Symbol.asyncDispose]: async () => {
        await Promise.resolve();
        order.push(name);
      },
    }),
    sync: (name) => ({ [Symbol.dispose]: () => void order.push(name) }),
  };
}

it("is-a-constructor", "[KN-29] a scope is made with new, and is disposed of asynchronously", async () => {
  const s = new Scope();
  assert.equal(typeof s[Symbol.asyncDispose], "function");
  await s[Symbol.asyncDispose]();
});

it(
  "defer/adds-onDisposeAsync",
  "[KN-28] what was deferred runs at the end, once, without arguments",
  async () => {
    const calls: unknown[][] = [];
    await scope((s) => s.defer((...given: unknown[]) => void calls.push(given)));
    assert.deepEqual(calls, [[]]);
  },
);

it("defer/puts-onDisposeAsync-on-top-of-stack", "[KN-28] what was deferred last runs first", async () => {
  const order: string[] = [];
  await scope((s) => {
    s.defer(() => void order.push("1"));
    s.defer(() => void order.push("2"));
    s.defer(() => void order.push("3"));
  });
  assert.deepEqual(order, ["3", "2", "1"]);
});

it("defer/returns-undefined", "[KN-28] defer gives nothing", async () => {
  await scope((s) => {
    const given: unknown = s.defer(() => undefined);
    assert.equal(given, undefined);
  });
});

it(
  "defer/async-disposable-stack-defer-on-disposed-stack",
  "[KN-30] a scope that has ended defers nothing more",
  async () => {
    const s = await ended();
    assert.throws(() => s.defer(() => assert.fail("it ran")), CLOSED);
  },
);

it("disposeAsync/disposes-resources-in-reverse-order", "[KN-28] defer and use share one order", async () => {
  const { order, async, sync } = released();
  await scope((s) => {
    s.use(async("async"));
    s.defer(() => void order.push("deferred"));
    s.use(sync("sync"));
  });
  assert.deepEqual(order, ["sync", "deferred", "async"]);
});

it(
  "disposeAsync/does-not-reinvoke-disposers-if-already-disposed",
  "[KN-29] disposing twice releases once",
  async () => {
    const { order, async } = released();
    const s = new Scope();
    s.use(async("once"));
    await s[Symbol.asyncDispose]();
    await s[Symbol.asyncDispose]();
    assert.deepEqual(order, ["once"]);
  },
);

it(
  "disposeAsync/does-not-reject-if-already-disposed",
  "[KN-29] disposing an ended scope is well",
  async () => {
    const s = await ended();
    assert.equal(await s[Symbol.asyncDispose](), undefined);
  },
);

sync262(
  "dispose/throws-error-as-is-if-only-one-error-during-disposal",
  "[KN-28] one failed release is thrown as it is",
  async () => {
    const failure = new Error("release");
    await assert.rejects(
      scope((s) => s.defer(() => Promise.reject(failure))),
      (error) => error === failure,
    );
  },
);

it(
  "disposeAsync/rejects-with-suppressederror-if-multiple-errors-during-disposal",
  "[KN-28] three failed releases make a chain, the last one in front",
  async () => {
    const errors = [new Error("1"), new Error("2"), new Error("3")] as const;
    const thrown = await scope((s) => {
      s.defer(() => Promise.reject(errors[0]));
      s.defer(() => Promise.reject(errors[1]));
      s.defer(() => Promise.reject(errors[2]));
    }).catch((error: unknown) => error);
    assert.ok(thrown instanceof SuppressedError);
    assert.equal(thrown.error, errors[0]);
    const inner: unknown = thrown.suppressed;
    assert.ok(inner instanceof SuppressedError);
    assert.deepEqual([inner.error, inner.suppressed], [errors[1], errors[2]]);
  },
);

it("disposeAsync/resolves-to-undefined", "[KN-29] disposing gives nothing", async () => {
  const { async } = released();
  const s = new Scope();
  s.use(async("a"));
  assert.equal(await s[Symbol.asyncDispose](), undefined);
});

it("disposeAsync/returns-promise", "[KN-29] disposing gives a promise, also of nothing", async () => {
  const disposing = new Scope()[Symbol.asyncDispose]();
  assert.ok(disposing instanceof Promise);
  await disposing;
});

sync262("use/returns-value", "[KN-28] use gives what it was given", async () => {
  const { async, sync } = released();
  await scope((s) => {
    const [one, two] = [async("a"), sync("b")];
    assert.equal(s.use(one), one);
    assert.equal(s.use(two), two);
  });
});

it(
  "use/adds-async-disposable-value",
  "[KN-28] an async disposable is disposed of, and waited for",
  async () => {
    const { order, async } = released();
    await scope((s) => void s.use(async("async")));
    assert.deepEqual(order, ["async"]);
  },
);

it("use/adds-sync-disposable-value", "[KN-28] a disposable is disposed of", async () => {
  const { order, sync } = released();
  await scope((s) => void s.use(sync("sync")));
  assert.deepEqual(order, ["sync"]);
});

it("use/allows-null-value", "[KN-28] null needs no release", async () => {
  await scope((s) => assert.equal(s.use(null), null));
});

it("use/allows-undefined-value", "[KN-28] undefined needs no release", async () => {
  await scope((s) => assert.equal(s.use(undefined), undefined));
});

it(
  "use/async-disposable-stack-use-on-disposed-stack",
  "[KN-30] a scope that has ended takes no resource",
  async () => {
    const { order, async } = released();
    const s = await ended();
    assert.throws(() => s.use(async("late")), CLOSED);
    assert.deepEqual(order, []);
  },
);

it("use/throws-if-disposed", "[KN-30] not even null", async () => {
  const s = await ended();
  assert.throws(() => s.use(null), CLOSED);
});

it(
  "use/gets-value-Symbol.asyncDispose-property-once",
  "[KN-28] the method is read once, when it is taken over",
  async () => {
    let reads = 0;
    await scope((s) => {
      s.use({
        get [Symbol.asyncDispose]() {
          reads += 1;
          return () => Promise.resolve();
        },
      });
      assert.equal(reads, 1);
    });
    assert.equal(reads, 1);
  },
);

it("use/gets-value-Symbol.dispose-property-once", "[KN-28] so is the synchronous one", async () => {
  let reads = 0;
  await scope((s) => {
    s.use({
      get [Symbol.dispose]() {
        reads += 1;
        return () => undefined;
      },
    });
    assert.equal(reads, 1);
  });
  assert.equal(reads, 1);
});

it(
  "use/gets-value-Symbol.dispose-property-after-trying-Symbol.asyncDispose",
  "[KN-28] the synchronous one is looked for when there is no other",
  async () => {
    const reads: string[] = [];
    await scope((s) => {
      s.use({
        get [Symbol.asyncDispose]() {
          reads.push("asyncDispose");
          return undefined as unknown as () => Promise<void>;
        },
        get [Symbol.dispose]() {
          reads.push("dispose");
          return () => undefined;
        },
      });
    });
    assert.deepEqual(reads, ["asyncDispose", "dispose"]);
  },
);

it("use/puts-value-on-top-of-stack", "[KN-28] what was used last is released first", async () => {
  const { order, async } = released();
  await scope((s) => {
    for (const name of ["1", "2", "3"]) s.use(async(name));
  });
  assert.deepEqual(order, ["3", "2", "1"]);
});

it("use/adds-sync-disposable-value", "[KN-28] the method is called on its own object", async () => {
  const seen: unknown[] = [];
  const resource = {
    [Symbol.dispose](this: unknown) {
      seen.push(this);
    },
  };
  await scope((s) => void s.use(resource));
  assert.deepEqual(seen, [resource]);
});

const wrong: Readonly<Record<string, object>> = {
  "use/throws-if-value-Symbol.asyncDispose-property-is-null": { [Symbol.asyncDispose]: null },
  "use/throws-if-value-Symbol.asyncDispose-property-is-undefined": { [Symbol.asyncDispose]: undefined },
  "use/throws-if-value-Symbol.asyncDispose-property-not-callable": { [Symbol.asyncDispose]: {} },
  "use/throws-if-value-Symbol.dispose-property-is-null": { [Symbol.dispose]: null },
  "use/throws-if-value-Symbol.dispose-property-is-undefined": { [Symbol.dispose]: undefined },
  "use/throws-if-value-Symbol.dispose-property-not-callable": { [Symbol.dispose]: {} },
  "use/throws-if-value-missing-Symbol.asyncDispose-and-Symbol.dispose": {},
};

for (const [name, resource] of Object.entries(wrong)) {
  it(name, "[KN-28] what cannot be disposed of is refused when it is handed over", async () => {
    await scope((s) => {
      assert.throws(() => s.use(resource as Disposable), NOT_DISPOSABLE);
    });
  });
}
