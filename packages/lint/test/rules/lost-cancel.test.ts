import { ruleCases } from "../rule-cases.ts";

const lost = (name: string, exit: string, line = 2) => [{ messageId: "lost", data: { name, exit }, line }];

ruleCases("lost-cancel", {
  valid: [
    {
      name: "[LN-11] using, which nothing can go around",
      code: `async function f(parent) {
  using ctx = parent.cancellable({ timeout: 5 });
  await work(ctx);
}`,
    },
    {
      name: "[LN-11] a cancel in finally, before a return, a throw and a failed await",
      code: `async function f(parent) {
  const ctx = parent.cancellable();
  try {
    if (await work(ctx)) return 1;
    throw new Error("no");
  } finally {
    ctx.cancel();
  }
}`,
    },
    {
      name: "[LN-11] disposed by hand, by either name of the symbol",
      code: `function f(parent) {
  const a = parent.cancellable();
  a[Symbol.dispose]();
  const b = parent.cancellable();
  b[dispose]();
}`,
    },
    {
      name: "[LN-11] a closure that cancels",
      code: `async function f(parent, button) {
  const ctx = parent.cancellable();
  button.onclick = () => ctx.cancel();
  await work(ctx);
}`,
    },
    {
      name: "[LN-11] a function declaration that cancels, wherever it stands",
      code: `async function f(parent) {
  const ctx = parent.cancellable();
  await work(ctx, stop);
  function stop() {
    ctx.cancel();
  }
}`,
    },
    {
      name: "[LN-11] returned, stored, given to an owner",
      code: `class Owner {
  make(parent) {
    return parent.cancellable();
  }
  keep(parent, scope, list) {
    this.ctx = parent.cancellable();
    const used = parent.cancellable();
    scope.use(used);
    list.push(parent.cancellable());
    const inner = parent.cancellable();
    return { inner };
  }
}`,
    },
    {
      name: "[LN-11] a constructor may keep what it is given",
      code: `function f(parent) {
  const ctx = parent.cancellable();
  return new Session(ctx);
}`,
    },
    {
      name: "[LN-11] a controller passed on whole, since whoever has it can abort",
      code: `async function f(emitter) {
  const controller = new AbortController();
  await work(controller);
}`,
    },
    {
      name: "[LN-12] the end of the process is no way out",
      code: `function f(parent, bad) {
  const ctx = parent.cancellable();
  if (bad) process.exit(1);
  ctx.cancel();
}`,
    },
    {
      name: "[LN-12] a catch that cancels before it throws again",
      code: `async function f(parent) {
  const ctx = parent.cancellable();
  try {
    await work(ctx);
  } catch (error) {
    ctx.cancel();
    throw error;
  }
  ctx.cancel();
}`,
    },
    {
      name: "[LN-12] a labelled break and a continue that pass the cancel",
      code: `function f(parent, rows) {
  const ctx = parent.cancellable();
  outer: for (const row of rows) {
    for (const cell of row) {
      if (cell === 0) continue outer;
      if (cell === 1) break outer;
    }
  }
  ctx.cancel();
}`,
    },
    {
      name: "[LN-14] what a module holds lives as long as the process",
      code: `const root = background.cancellable({ name: "process" });
process.on("SIGTERM", stop);`,
    },
    {
      name: "[LN-13] a controller that is never to abort has nothing to cancel",
      code: `async function f() {
  await work(new AbortController().signal);
}`,
    },
  ],
  invalid: [
    {
      name: "[LN-10] only lent to a call",
      code: `function f(parent) {
  const ctx = parent.cancellable();
  work(ctx);
}`,
      errors: lost("ctx", "the end of the function, line 4,"),
    },
    {
      name: "[LN-10] lent in a bag of options",
      code: `function f(parent) {
  const ctx = parent.cancellable();
  scope(body, { parent: ctx });
}`,
      errors: lost("ctx", "the end of the function, line 4,"),
    },
    {
      name: "[LN-10] what works under it does not own it",
      code: `function f(parent) {
  const ctx = parent.cancellable();
  ticker = new Ticker(10, ctx);
}`,
      errors: lost("ctx", "the end of the function, line 4,"),
    },
    {
      name: "[LN-10] an early return",
      code: `function f(parent, early) {
  const ctx = parent.cancellable();
  if (early) return;
  ctx.cancel();
}`,
      errors: lost("ctx", "the return on line 3"),
    },
    {
      name: "[LN-10] a controller that aborts on one path only",
      code: `function f(early) {
  const controller = new AbortController();
  start(controller.signal);
  if (early) controller.abort();
}`,
      errors: lost("controller", "the end of the function, line 5,"),
    },
    {
      name: "[LN-10] one for each turn",
      code: `function f(parent) {
  for (;;) {
    const ctx = parent.cancellable();
    work(ctx);
  }
}`,
      errors: lost("ctx", "the next turn, line 3,", 3),
    },
    {
      name: "[LN-10] a break out of a loop, past the cancel",
      code: `function f(parent, done) {
  const ctx = parent.cancellable();
  while (true) {
    if (done()) break;
    if (work()) {
      ctx.cancel();
      return;
    }
  }
}`,
      errors: lost("ctx", "the end of the function, line 10,"),
    },
    {
      name: "[LN-10] a break of the loop, before a switch with breaks of its own",
      code: `function f(parent, done, kind) {
  const ctx = parent.cancellable();
  for (;;) {
    if (done()) break;
    switch (kind) {
      case 0:
        break;
    }
    ctx.cancel();
    process.exit();
  }
}`,
      errors: lost("ctx", "the end of the function, line 12,"),
    },
    {
      name: "[LN-10] a short circuit",
      code: `function f(parent, ready) {
  const ctx = parent.cancellable();
  ready && ctx.cancel();
}`,
      errors: lost("ctx", "the end of the function, line 4,"),
    },
    {
      name: "[LN-12] an await that fails before the cancel",
      code: `async function f(parent) {
  const ctx = parent.cancellable();
  await work(ctx);
  ctx.cancel();
}`,
      errors: lost("ctx", "a failure on line 3"),
    },
    {
      name: "[LN-12] a throw, after which the caller goes on",
      code: `function f(parent, bad) {
  const ctx = parent.cancellable();
  if (bad) throw new Error("no");
  ctx.cancel();
}`,
      errors: lost("ctx", "a failure on line 3"),
    },
    {
      name: "[LN-12] a catch that returns",
      code: `async function f(parent) {
  const ctx = parent.cancellable();
  try {
    await work(ctx);
  } catch {
    return;
  }
  ctx.cancel();
}`,
      errors: lost("ctx", "the return on line 6"),
    },
    {
      name: "[LN-13] made in the call that gets it",
      code: `async function f(parent) {
  await work(parent.cancellable({ timeout: 5 }));
}`,
      errors: [{ messageId: "discarded", data: { maker: "cancellable" }, line: 2 }],
    },
    {
      name: "[LN-13] only its signal is kept",
      code: `async function f(parent) {
  const signal = parent.cancellable().signal;
  await work(signal);
}`,
      errors: [{ messageId: "discarded", line: 2 }],
    },
    {
      name: "[LN-13] the pair's cancel function is not taken",
      code: `function f(parent) {
  const { ctx } = withTimeout(parent, 5);
  work(ctx);
}`,
      errors: [{ messageId: "discarded", data: { maker: "withTimeout" }, line: 2 }],
    },
  ],
});
