import { ruleCases } from "../rule-cases.ts";

const lost = (kind: string, name: string, exit: string, line = 2) => [
  { messageId: "lost", data: { kind, name, exit }, line },
];

ruleCases("require-using", {
  valid: [
    {
      name: "[LN-21] using and await using",
      code: `async function f(ctx, slots) {
  await using scope = new Scope(ctx);
  using ticker = new Ticker(10, ctx);
  using _ = ctx.onCancel(stop);
  using _slot = await slots.acquire(1, ctx);
  await work(scope, ticker);
}`,
    },
    {
      name: "[LN-21] disposed by hand in a finally",
      code: `async function f(ctx) {
  const listening = ctx.onCancel(stop);
  try {
    return await work();
  } finally {
    listening[Symbol.dispose]();
  }
}`,
    },
    {
      name: "[LN-21] given to an owner: returned, stored, used by a scope, ended in a closure",
      code: `class Owner {
  constructor(ctx, stack) {
    this.scope = new Scope(ctx);
    this.ticker = stack.use(new Ticker(10, ctx));
    const other = new Scope(ctx);
    this.stop = () => other.cancel();
  }
  watch(ctx) {
    return ctx.onCancel(() => this.stop());
  }
}`,
    },
    {
      name: "[LN-21] ended by a function whose name says so",
      code: `async function f(ctx) {
  const own = new Scope(ctx);
  await finishScope(own);
}`,
    },
    {
      name: "[LN-22] a permit that was not got need not be returned",
      code: `function f(slots) {
  const permit = slots.tryAcquire();
  if (permit === undefined) return false;
  permit[Symbol.dispose]();
  return true;
}`,
    },
    {
      name: "[LN-22] the same, asked the other way round, and by optional call",
      code: `function f(slots, busy) {
  const permit = slots.tryAcquire();
  if (permit != null && !busy) {
    permit[Symbol.dispose]();
    return;
  }
  permit?.[Symbol.dispose]();
}`,
    },
    {
      name: "[LN-23] a lock of another make, released on the lock itself",
      code: `async function f(lock) {
  await lock.acquire();
  try {
    await work();
  } finally {
    lock.release();
  }
}`,
    },
    {
      name: "[LN-20] a note that somebody has a permit, which nobody awaits",
      code: `observer?.acquire(lock, task);`,
    },
    {
      name: "[LN-20] a class of the same kind that the options do not name",
      code: `function f() {
  const poller = new Poller(10);
  work(poller);
}`,
    },
  ],
  invalid: [
    {
      name: "[LN-20] a ticker held by const",
      code: `async function f(ctx) {
  const ticker = new Ticker(10, ctx);
  for await (const _ of ticker) beat();
}`,
      errors: lost("resource", "ticker", "a failure on line 3"),
    },
    {
      name: "[LN-20] a scope that an early return leaves",
      code: `function f(ctx, early) {
  const scope = new Scope(ctx);
  if (early) return;
  scope.cancel();
}`,
      errors: lost("resource", "scope", "the return on line 3"),
    },
    {
      name: "[LN-20] a scope that a failed await leaves",
      code: `async function f(ctx) {
  const scope = new Scope(ctx);
  await load(scope.context);
  return scope;
}`,
      errors: lost("resource", "scope", "a failure on line 3"),
    },
    {
      name: "[LN-20] a permit that a failed await keeps for ever",
      code: `async function f(slots, ctx) {
  const permit = await slots.acquire(1, ctx);
  await work();
  permit[Symbol.dispose]();
}`,
      errors: lost("permit", "permit", "a failure on line 3"),
    },
    {
      name: "[LN-22] a permit that was got, and not returned",
      code: `function f(slots) {
  const permit = slots.tryAcquire();
  if (permit === undefined) return false;
  return true;
}`,
      errors: lost("permit", "permit", "the return on line 4"),
    },
    {
      name: "[LN-20] dropped: a subscription, a permit, a ticker",
      code: `async function f(ctx, slots) {
  ctx.onCancel(stop);
  await slots.acquire(1, ctx);
  new Ticker(10, ctx);
}`,
      errors: [
        { messageId: "dropped", data: { kind: "subscription", maker: "onCancel" }, line: 2 },
        { messageId: "dropped", data: { kind: "permit", maker: "acquire" }, line: 3 },
        { messageId: "dropped", data: { kind: "resource", maker: "Ticker" }, line: 4 },
      ],
    },
    {
      name: "[LN-20] classes, subscriptions and permits named by the options",
      code: `function f(bus, pool) {
  const poller = new Poller(10);
  bus.subscribe(look);
  pool.borrow();
}`,
      options: [{ classes: ["Poller"], subscriptions: ["subscribe"], permits: ["borrow"] }],
      errors: [
        { messageId: "lost", line: 2 },
        { messageId: "dropped", line: 3 },
        { messageId: "dropped", line: 4 },
      ],
    },
  ],
});
