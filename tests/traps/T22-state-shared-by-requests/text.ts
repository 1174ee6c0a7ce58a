import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Handler shares a variable between requests",
    happens:
      "A variable of the module is one for the whole process. What a handler puts there before an `await` may be another request's after it.",
    shows:
      "Ana is greeted as Bo. A test with two requests at once, over state that knows who wrote it, names the read.",
    instead:
      "Pass values on, or put them in the request's context: `ctx.with(key, value)` and `ctx.value(key)`.",
  },
  zh: {
    title: "处理函数在请求之间共享变量",
    happens:
      "模块级变量整个进程只有一个。处理函数在 `await` 之前放进去的值，`await` 之后可能已经是另一个请求的。",
    shows: "Ana 被当成 Bo 问候。让两个请求同时进行的测试，配上知道谁写过的状态，指出读取的那一行。",
    instead: "把值传下去，或者放进请求的 context：`ctx.with(key, value)` 和 `ctx.value(key)`。",
  },
};
