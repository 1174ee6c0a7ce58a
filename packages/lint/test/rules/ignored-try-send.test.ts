import { ruleCases } from "../rule-cases.ts";

ruleCases("ignored-try-send", {
  valid: [
    {
      name: "[LN-50] looked at",
      code: `function f(queue, slots) {
  if (!queue.trySend(1)) shed += 1;
  const got = queue.tryReceive();
  return got ?? slots.tryAcquire();
}`,
    },
    {
      name: "[LN-50] given on by a closure whose result is taken",
      code: `const sent = values.map((value) => queue.trySend(value));`,
    },
    {
      name: "[LN-51] a bell, of which nothing is lost when it is rung already",
      code: `bell.trySend(undefined);
bell.trySend();
ledger.offer();`,
    },
    {
      name: "[LN-52] using with a look at what it holds",
      code: `function f(slots) {
  using permit = slots.tryAcquire();
  if (permit === undefined) return;
  work();
}`,
    },
    { name: "[LN-50] a plain function of the name", code: `offer(1);` },
  ],
  invalid: [
    {
      name: "[LN-50] dropped: as a statement, behind a condition, under void",
      code: `queue.trySend(1);
ready && queue.offer(1);
void queue?.trySend(1);
slots.tryAcquire();
lock.tryLock();
channel.tryReceive();`,
      errors: [
        { messageId: "offer", data: { name: "trySend" }, line: 1 },
        { messageId: "offer", data: { name: "offer" }, line: 2 },
        { messageId: "offer", data: { name: "trySend" }, line: 3 },
        { messageId: "take", data: { name: "tryAcquire" }, line: 4 },
        { messageId: "take", data: { name: "tryLock" }, line: 5 },
        { messageId: "take", data: { name: "tryReceive" }, line: 6 },
      ],
    },
    {
      name: "[LN-50] dropped by who calls the closure",
      code: `values.forEach((value) => queue.trySend(value));
socket.on("data", (data) => queue?.offer(data));`,
      errors: [1, 2].map((line) => ({ messageId: "offer", line })),
    },
    {
      name: "[LN-52] using without a look at what it holds",
      code: `function f(slots) {
  using _permit = slots.tryAcquire();
  work();
}`,
      errors: [{ messageId: "take", data: { name: "tryAcquire" }, line: 2 }],
    },
  ],
});
