import { ruleCases } from "../rule-cases.ts";

ruleCases("timer-never-cleared", {
  valid: [
    {
      name: "[LN-30] cleared",
      code: `const timer = setTimeout(tick, 10);
clearTimeout(timer);`,
    },
    {
      name: "[LN-30] returned, stored, passed on, collected",
      code: `class Owner {
  start(list) {
    this.timer = setInterval(tick, 10);
    list.push(setTimeout(tick, 10));
    keep(setTimeout(tick, 10).unref());
    return setTimeout(tick, 10);
  }
  later = () => setTimeout(tick, 10);
}`,
    },
    {
      name: "[LN-30] cleared in a closure, through an outer variable",
      code: `let timer;
function start() {
  timer = setInterval(tick, 10);
}
const stop = () => clearInterval(timer);`,
    },
    {
      name: "[LN-31] a function of this program that has the name",
      code: `import { setTimeout } from "node:timers/promises";
function setInterval(body) {
  body();
}
setInterval(tick);
clock.setTimeout(tick, 10);
await setTimeout(10);`,
    },
  ],
  invalid: [
    {
      name: "[LN-30] dropped",
      code: `setInterval(tick, 10);
setTimeout(tick, 10);
void setTimeout(tick, 10);`,
      errors: [1, 2, 3].map((line) => ({ messageId: "dropped", line })),
    },
    {
      name: "[LN-30] dropped after unref, which does not stop it",
      code: `setInterval(tick, 10).unref();`,
      errors: [{ messageId: "dropped", data: { timer: "setInterval" } }],
    },
    {
      name: "[LN-30] a sleep that cannot be called off",
      code: `const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));`,
      errors: [{ messageId: "dropped", data: { timer: "setTimeout" } }],
    },
    {
      name: "[LN-30] held, and never given to anyone",
      code: `const timer = setInterval(tick, 10);
timer.unref();`,
      errors: [{ messageId: "unused", data: { timer: "setInterval", name: "timer" } }],
    },
    {
      name: "[LN-30] overwritten, and never given to anyone",
      code: `let timer;
function again() {
  timer = setTimeout(again, 10);
}`,
      errors: [{ messageId: "unused", data: { timer: "setTimeout", name: "timer" }, line: 3 }],
    },
    {
      name: "[LN-31] by way of globalThis, window and node:timers",
      code: `import { setInterval } from "node:timers";
globalThis.setTimeout(tick, 10);
window.setTimeout(tick, 10);
setInterval(tick, 10);`,
      errors: [2, 3, 4].map((line) => ({ messageId: "dropped", line })),
    },
  ],
});
