import { ruleCases } from "../rule-cases.ts";

ruleCases("task-without-owner", {
  valid: [
    {
      name: "[LN-40] awaited, returned, kept, given to an owner",
      code: `async function work() {
  await step();
}
async function f(scope) {
  await work();
  const kept = work();
  scope.spawn(() => work());
  go(work);
  await kept;
  return work();
}`,
    },
    {
      name: "[LN-41] an async function that answers for every failure itself",
      code: `async function work() {
  setBusy(true);
  try {
    await step();
  } catch (error) {
    report(error);
  } finally {
    setBusy(false);
  }
}
void work();
socket.on("close", work);`,
    },
    {
      name: "[LN-41] an async function that never waits, and answers for what it calls",
      code: `async function call(done) {
  try {
    step().then(done, done);
  } catch (error) {
    done(error);
  }
}
call(done);`,
    },
    {
      name: "[LN-42] a chain that ends with a handler, and one that is awaited",
      code: `async function f() {
  step().catch(report);
  step().then(next, report);
  step().then(next).catch(report).finally(end);
  await step().then(next);
  work.catch(() => undefined);
}`,
    },
    {
      name: "[LN-43] callbacks that wait for nothing, or whose promises are taken",
      code: `list.forEach((each) => use(each));
socket.on("message", (data) => scope.spawn(() => handle(data)));
await Promise.all(list.map(async (each) => load(each)));
app.addHook("onRequest", async () => check());`,
    },
    {
      name: "[LN-44] a race with a wait that can be called off, or without a timer",
      code: `await Promise.race([work, sleep(10, ctx)]);
await Promise.race([work, setTimeout(10, undefined, { signal })]);
await Promise.race([work, stopped]);`,
    },
  ],
  invalid: [
    {
      name: "[LN-40] async functions called as statements",
      code: `async function work() {
  await step();
}
const other = async () => step();
class Owner {
  async #run() {
    await step();
  }
  start(ready) {
    work();
    void other();
    this.#run();
    ready && work();
    (async () => {
      await step();
    })();
  }
}`,
      errors: [
        { messageId: "call", data: { name: "work" }, line: 10 },
        { messageId: "call", data: { name: "other" }, line: 11 },
        { messageId: "call", data: { name: "run" }, line: 12 },
        { messageId: "call", data: { name: "work" }, line: 13 },
        { messageId: "call", data: { name: "(anonymous)" }, line: 14 },
      ],
    },
    {
      name: "[LN-41] a catch that throws again, or an await outside the try",
      code: `async function again() {
  try {
    await step();
  } catch (error) {
    count();
    throw error;
  }
}
async function outside() {
  await first();
  try {
    await step();
  } catch (error) {
    report(error);
  }
}
void again();
void outside();`,
      errors: [
        { messageId: "call", data: { name: "again" }, line: 17 },
        { messageId: "call", data: { name: "outside" }, line: 18 },
      ],
    },
    {
      name: "[LN-42] dropped chains",
      code: `step().then(next);
void step().finally(end);
step().then(next).finally(end);`,
      errors: [
        { messageId: "chain", data: { name: "then" }, line: 1 },
        { messageId: "chain", data: { name: "finally" }, line: 2 },
        { messageId: "chain", data: { name: "finally" }, line: 3 },
      ],
    },
    {
      name: "[LN-42] swallowed failures",
      code: `step().catch(() => {});
step().then(next, () => undefined);`,
      errors: [1, 2].map((line) => ({ messageId: "swallowed", line })),
    },
    {
      name: "[LN-43] async functions where nobody takes the promise",
      code: `async function handle(data) {
  await step(data);
}
list.forEach(async (each) => load(each));
socket.on("message", handle);
target.addEventListener("click", async () => load());
setTimeout(async () => load(), 10);
process.nextTick(async () => load());
new Promise(async (resolve) => resolve(await load()));`,
      errors: [
        { messageId: "callback", data: { taker: "forEach" }, line: 4 },
        { messageId: "callback", data: { taker: "on" }, line: 5 },
        { messageId: "callback", data: { taker: "addEventListener" }, line: 6 },
        { messageId: "callback", data: { taker: "setTimeout" }, line: 7 },
        { messageId: "callback", data: { taker: "nextTick" }, line: 8 },
        { messageId: "callback", data: { taker: "Promise" }, line: 9 },
      ],
    },
    {
      name: "[LN-44] races with a fresh timeout",
      code: `async function f() {
  for (;;) await Promise.race([next(), sleep(10)]);
}
await Promise.race([work, new Promise((_, reject) => setTimeout(reject, 10))]);
await Promise.race([work, delay(10).then(fail)]);`,
      errors: [2, 4, 5].map((line) => ({ messageId: "race", line })),
    },
  ],
});
