import { ruleCases } from "../rule-cases.ts";

ruleCases("no-abort-signal-any", {
  valid: [
    {
      name: "[LN-90] other members, and other things of the name",
      code: `AbortSignal.timeout(10);
Promise.any(list);
const { timeout } = AbortSignal;`,
    },
  ],
  invalid: [
    {
      name: "[LN-90] called, passed on, taken out",
      code: `const a = AbortSignal.any([one, two]);
const join = AbortSignal["any"];
const { any } = AbortSignal;`,
      errors: [1, 2, 3].map((line) => ({ messageId: "joined", line })),
    },
  ],
});
