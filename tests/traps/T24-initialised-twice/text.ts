import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Initialised twice, or used before ready",
    happens:
      "Between the test of a lazy variable and its assignment lies an `await`, so two callers both find it empty. Assigning before the `await` only swaps the mistake: the second caller gets what is not ready.",
    shows:
      "Two stores are open instead of one, and a request sees no rooms. A double in the test names both lines.",
    instead:
      "`Once` and `onceValue`, for which everybody waits; for a graph of parts, `Lifecycle` starts each one once, after those it needs.",
  },
  zh: {
    title: "初始化两次，或未就绪就使用",
    happens:
      "惰性变量的判断和赋值之间隔着一个 `await`，两个调用者都会看到它是空的。把赋值提到 `await` 之前只是换了一种错：第二个调用者拿到的是还没就绪的东西。",
    shows: "打开了两个存储而不是一个，还有一个请求看不到房间。测试里的替身指出这两行。",
    instead:
      "用 `Once` 和 `onceValue`，所有人都等同一次运行；多个部件之间有依赖时，用 `Lifecycle`，每个部件在它所需的部件之后启动一次。",
  },
};
