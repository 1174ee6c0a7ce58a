import { ruleCases } from "../rule-cases.ts";

const from = (source: string, line: number) => ({ messageId: "asserted", data: { source }, line });

ruleCases("as-on-foreign-data", {
  valid: [
    {
      name: "[LN-71] claims nothing of what is inside",
      code: `const a = JSON.parse(text) as unknown;
const b: unknown = JSON.parse(text);
const c = JSON.parse(text) as Record<string, unknown>;
const d = (await response.json()) as readonly unknown[];
const e = JSON.parse(text) as { readonly code?: unknown };
const f: Record<string, unknown> = JSON.parse(text);`,
    },
    {
      name: "[LN-70] decoded, or narrowed by a check",
      code: `const order = decodeOrder(JSON.parse(text));
try {
  run();
} catch (error) {
  if (error instanceof TypeError) report(error.message);
}`,
    },
    {
      name: "[LN-70] as on what this program made",
      code: `const id = next() as RoomId;
const list = [] as string[];
socket.on("close", (code) => close(code as CloseCode));
const first = names as const;`,
    },
    {
      name: "[LN-70] json with an argument sends, and is no body",
      code: `const sent = reply.json(body) as Reply;`,
    },
  ],
  invalid: [
    {
      name: "[LN-70] parsed text and bodies",
      code: `const a = JSON.parse(text) as Order;
const b = (await response.json()) as Order;
const c = response.json() as Promise<Order>;
const d = JSON.parse(text).rows as Row[];
const e = JSON.parse(text) as any;`,
      errors: [
        from("`JSON.parse`", 1),
        from("a body's `json()`", 2),
        from("a body's `json()`", 3),
        from("`JSON.parse`", 4),
        from("`JSON.parse`", 5),
      ],
    },
    {
      name: "[LN-70] by way of unknown",
      code: `const a = JSON.parse(text) as unknown as Order;`,
      errors: [from("`JSON.parse`", 1)],
    },
    {
      name: "[LN-70] a caught error",
      code: `try {
  run();
} catch (error) {
  report((error as Error).message);
}`,
      errors: [from("a `catch`", 4)],
    },
    {
      name: "[LN-70] what an incoming event carries",
      code: `worker.on("message", (message) => take(message as Job));
socket.addEventListener("message", (event) => take(event.data as Frame));`,
      errors: [from("an event", 1), from("an event", 2)],
    },
    {
      name: "[LN-72] a declared type, which checks as little",
      code: `const a: Order = JSON.parse(text);
const b: Order = await response.json();`,
      errors: [1, 2].map((line) => ({ messageId: "declared", line })),
    },
  ],
});
