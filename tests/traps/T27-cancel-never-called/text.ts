import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Cancel function never called",
    happens:
      "A derived context stays in its live parent, with its timer and listeners, until it is cancelled or its time is up. `AbortSignal.any` under a long-lived signal does the same.",
    shows:
      "Ten thousand calls that ended at once leave ten thousand timers. The lint rule `lost-cancel` names the context and the way out that misses it; the cancel tree (`tree()`) shows them piled up.",
    instead: "`using ctx = parent.cancellable(...)`: cancelled at the end of the block, on every path.",
  },
  zh: {
    title: "从不调用取消函数",
    happens:
      "派生出来的 context 连同它的定时器和监听器留在仍然活着的父 context 里，直到被取消或到期。挂在长寿命 signal 上的 `AbortSignal.any` 也一样。",
    shows:
      "一万次立即结束的调用留下一万个定时器。lint 规则 `lost-cancel` 指出 context 和漏掉取消的那条出口；取消树（`tree()`）能看到它们堆积起来。",
    instead: "`using ctx = parent.cancellable(...)`：无论从哪条路径离开，代码块结束时都会取消。",
  },
};
