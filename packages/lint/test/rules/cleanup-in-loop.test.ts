import { ruleCases } from "../rule-cases.ts";

const putOff = (name: string, line: number) => [{ messageId: "putOff", data: { name }, line }];

ruleCases("cleanup-in-loop", {
  valid: [
    {
      name: "[LN-81] using, or a scope of the turn",
      code: `async function f(paths) {
  for (const path of paths) {
    using file = open(path);
    await using stack = new AsyncDisposableStack();
    stack.defer(() => log(path));
    stack.use(lock(file));
  }
}`,
    },
    {
      name: "[LN-82] what is kept beyond the turn must be put off",
      code: `function f(scope, rooms) {
  const links = [];
  for (const room of rooms) {
    const link = connect(room);
    scope.defer(() => link.close());
    links.push({ room, link });
  }
  const stack = new DisposableStack();
  const files = rooms.map((room) => stack.use(open(room)));
  return { links, files };
}`,
    },
    {
      name: "[LN-80] outside a loop, or in what a loop iterates over",
      code: `function f(scope, stack) {
  scope.defer(stop);
  for (const row of stack.adopt(rows(), close)) use(row);
  for (const task of tasks) task.onEnd(function () {
    scope.defer(stop);
  });
}`,
    },
    { name: "[LN-83] use of what is no stack", code: `for (const plugin of plugins) app.use(plugin);` },
  ],
  invalid: [
    {
      name: "[LN-80] put off in a loop",
      code: `async function f(scope, paths) {
  for (const path of paths) {
    const file = await open(path);
    scope.defer(() => file.close());
    await read(file);
  }
}`,
      errors: putOff("defer", 4),
    },
    {
      name: "[LN-80] put off in a loop without an end",
      code: `async function f(stack) {
  while (true) {
    const socket = await accept();
    this.stack.adopt(socket, close);
  }
}`,
      errors: putOff("adopt", 4),
    },
    {
      name: "[LN-80] put off in the callback of an iteration",
      code: `paths.forEach((path) => {
  defer(() => remove(path));
});`,
      errors: putOff("defer", 2),
    },
    {
      name: "[LN-83] use of a stack",
      code: `function f(paths) {
  using stack = new DisposableStack();
  for (const path of paths) stack.use(open(path));
}`,
      errors: putOff("use", 3),
    },
  ],
});
