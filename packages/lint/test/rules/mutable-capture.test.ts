import { ruleCases } from "../rule-cases.ts";

const changed = (name: string, starter: string, line: number) => [
  { messageId: "changed", data: { name, starter, line } },
];

ruleCases("mutable-capture", {
  valid: [
    {
      name: "[LN-61] a variable of the turn",
      code: `for (const job of jobs) {
  const number = next();
  scope.spawn(() => run(job, number));
}
for (let i = 0; i < 3; i++) scope.spawn(() => run(i));`,
    },
    {
      name: "[LN-60] changed before the start only",
      code: `function f(scope, ready) {
  let size = 1;
  if (ready) size = 2;
  scope.spawn(() => run(size));
}`,
    },
    {
      name: "[LN-60] over before the change",
      code: `async function f(scope) {
  let size = 1;
  await scope.spawn(() => run(size));
  size = 2;
}`,
    },
    {
      name: "[LN-60] a result, which the body itself writes",
      code: `function f(scope) {
  let total = 0;
  scope.spawn(() => {
    total += 1;
  });
  total = 0;
}`,
    },
    {
      name: "[LN-60] a callback that runs at once",
      code: `function f(list) {
  let sum = 0;
  list.map((each) => each + sum);
  sum = 1;
}`,
    },
  ],
  invalid: [
    {
      name: "[LN-60] changed after the start",
      code: `function f(scope) {
  let size = 1;
  scope.spawn(() => run(size));
  size = 2;
}`,
      errors: changed("size", "spawn", 4),
    },
    {
      name: "[LN-60] a parameter is a variable, too",
      code: `function f(url) {
  go(async () => load(url));
  url = next(url);
}`,
      errors: changed("url", "go", 3),
    },
    {
      name: "[LN-61] var in the head of a loop",
      code: `for (var i = 0; i < 3; i++) setTimeout(() => run(i), 10);`,
      errors: changed("i", "setTimeout", 1),
    },
    {
      name: "[LN-61] changed before the start, but on the next turn after it",
      code: `function f(scope, jobs) {
  let last;
  for (const job of jobs) {
    last = job;
    scope.spawn(() => run(last));
  }
}`,
      errors: changed("last", "spawn", 4),
    },
    {
      name: "[LN-61] the turn's own counter, changed in the body of the loop",
      code: `for (let i = 0; i < 3; ) {
  queueMicrotask(() => run(i));
  i += 1;
}`,
      errors: changed("i", "queueMicrotask", 3),
    },
  ],
});
