import { ruleCases } from "../rule-cases.ts";

/**
 * What golang.org/x/tools expects of its `lostcancel`: 17 functions, 19 expectations, written anew. Where Go names the
 * definition and the return in two diagnostics, ours is one that names both, so that 8 of these stand for 16.
 * Go's end of the program (`os.Exit`, `log.Fatal`, `FailNow`, a panic nobody recovers) is the end of the process here.
 */
interface Dialect {
  readonly name: string;
  /** Takes a context, `let` or `const` or an assignment before it. */
  readonly take: (how: "const " | "var " | "") => string;
  readonly declare: string;
  readonly cancel: string;
  readonly mention: string;
  readonly errors: (exit: string, line?: number) => readonly object[];
}

const KERNEL: Dialect = {
  name: "context",
  take: (how) => `${how}ctx = parent.cancellable();`,
  declare: "let ctx;",
  cancel: "ctx.cancel();",
  mention: "kept = ctx;",
  errors: (exit, line = 2) => [{ messageId: "lost", data: { name: "ctx", exit }, line }],
};

const PAIR: Dialect = {
  name: "pair",
  take: (how) => `${how}[ctx, cancel] = withCancel(parent);`,
  declare: "let ctx, cancel;",
  cancel: "cancel();",
  mention: "kept = cancel;",
  errors: (exit, line = 2) => [{ messageId: "lostFunction", data: { name: "cancel", exit }, line }],
};

const end = (line: number): string => `the end of the function, line ${line},`;

const lostIn = ({ name, take, declare, cancel, mention, errors }: Dialect) => [
  {
    name: `[LN-10] x/tools lostcancel 1, ${name}: declared by var, mentioned on one path`,
    code: `function f(parent) {\n  ${take("var ")}\n  if (false) {\n    ${mention}\n  }\n}`,
    errors: errors(end(6)),
  },
  {
    name: `[LN-10] x/tools lostcancel 2, ${name}: declared and given a value at once`,
    code: `function f(parent) {\n  ${take("const ")}\n  if (false) {\n    ${mention}\n  }\n}`,
    errors: errors(end(6)),
  },
  {
    name: `[LN-10] x/tools lostcancel 3, ${name}: assigned`,
    code: `function f(parent) {\n  ${declare}\n  ${take("")}\n  if (false) {\n    ${mention}\n  }\n}`,
    errors: errors(end(7), 3),
  },
  {
    name: `[LN-10] x/tools lostcancel 6, ${name}: an if without else, then a return`,
    code: `function f(parent, ready) {\n  ${take("const ")}\n  if (ready) {\n    ${cancel}\n  }\n  return;\n}`,
    errors: errors("the return on line 6"),
  },
  {
    name: `[LN-10] x/tools lostcancel 8, ${name}: the other branch loops, and ends`,
    code: `function f(parent, ready) {
  ${take("const ")}
  if (ready) {
    ${cancel}
  } else {
    for (let i = 0; i < 10; i++) print(0);
  }
}`,
    errors: errors(end(8)),
  },
  {
    name: `[LN-10] x/tools lostcancel 10, ${name}: a case that falls out of the switch`,
    code: `function f(parent, kind) {
  ${take("const ")}
  switch (kind) {
    case 0:
      process.abort();
    case 1:
      process.exit(1);
    case 2:
      ${cancel}
      break;
    case 3:
      print("hi");
      break;
    default:
      process.exit(1);
  }
}`,
    errors: errors(end(17)),
  },
  {
    name: `[LN-10] x/tools lostcancel 11, ${name}: a case of a select that falls out`,
    code: `function f(parent, a, b) {
  ${take("const ")}
  switch (trySelect([recv(a), send(b, 2), send(b, 1)])?.index) {
    case 0:
      process.abort();
    case 1:
      print("hi");
      break;
    case 2:
      ${cancel}
      break;
    default:
      process.exit(1);
  }
}`,
    errors: errors(end(15)),
  },
  {
    name: `[LN-10] x/tools lostcancel 13, ${name}: in a body that is started`,
    code: `function f(parent) {
  go(() => {
    ${take("const ")}
    if (false) {
      ${mention}
    }
    print(1);
  });
}`,
    errors: errors(end(8), 3),
  },
];

const fineIn = ({ name, take, declare, cancel, mention }: Dialect) => [
  {
    name: `[LN-11] x/tools lostcancel 5, ${name}: put off to the end`,
    code: `function f(parent, scope) {\n  ${take("const ")}\n  scope.defer(() => { ${cancel} });\n}`,
  },
  {
    name: `[LN-12] x/tools lostcancel 7, ${name}: the other branch loops for ever`,
    code: `function f(parent, ready) {
  ${take("const ")}
  if (ready) {
    ${cancel}
  } else {
    for (;;) print(0);
  }
}`,
  },
  {
    name: `[LN-12] x/tools lostcancel 9, ${name}: every case cancels or ends the process`,
    code: `function f(parent, kind) {
  ${take("const ")}
  switch (kind) {
    case 0:
      process.abort();
    case 1:
      process.exit(1);
    case 2:
      ${cancel}
      break;
    case 3:
      print("hi");
    default:
      process.exit(1);
  }
}`,
  },
  {
    name: `[LN-12] x/tools lostcancel 12, ${name}: one case must run, and it ends the process`,
    code: `function f(parent, kind) {
  ${take("const ")}
  switch (kind) {
    default:
      process.abort();
  }
  if (false) {
    ${mention}
  }
}`,
  },
  {
    name: `[LN-11] x/tools lostcancel 15, ${name}: returned by a function (Go issue 16230)`,
    code: `function f(parent) {\n  ${declare}\n  ${take("")}\n  return ${name === "pair" ? "[ctx, cancel]" : "ctx"};\n}`,
  },
  {
    name: `[LN-11] x/tools lostcancel 16, ${name}: returned by a function literal`,
    code: `const f = function (parent) {\n  ${declare}\n  ${take("")}\n  return ${name === "pair" ? "[ctx, cancel]" : "ctx"};\n};`,
  },
  {
    name: `[LN-14] x/tools lostcancel 17, ${name}: an outer variable, cancelled outside (Go issue 31856)`,
    code: `function f(parent) {\n  ${declare}\n  (() => {\n    ${take("")}\n  })();\n  ${cancel}\n}`,
  },
];

ruleCases("lost-cancel", {
  valid: [
    ...[KERNEL, PAIR].flatMap(fineIn),
    {
      name: "[LN-14] x/tools lostcancel 14: a function in a field is no cancel function (Go issue 16143)",
      code: `function f() {\n  const x = { f: undefined };\n  x.f();\n}`,
    },
  ],
  invalid: [
    ...[KERNEL, PAIR].flatMap(lostIn),
    {
      name: "[LN-13] x/tools lostcancel 4: the cancel function is thrown away, three times",
      code: `function f(parent) {
  let [ctx, _] = withCancel(parent);
  [ctx, _] = withTimeout(parent, 0);
  [ctx] = withDeadline(parent, 0);
  use(ctx);
}`,
      errors: [
        { messageId: "discarded", data: { maker: "withCancel" }, line: 2 },
        { messageId: "discarded", data: { maker: "withTimeout" }, line: 3 },
        { messageId: "discarded", data: { maker: "withDeadline" }, line: 4 },
      ],
    },
  ],
} as Parameters<typeof ruleCases>[1]);
