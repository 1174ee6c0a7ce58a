import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Cancellation not passed on",
    happens:
      "A cancelled context ends the waits that were given it, and no others. A call that gets another context, or none, works on for a client that has gone.",
    shows:
      "Eight pages are read for nobody. `overstayed()` lists tasks alive under a cancelled parent, with their line.",
    instead:
      "Give the request's context to every call that waits; take `ctx` as the last parameter and pass it on.",
  },
  zh: {
    title: "取消没有往下传",
    happens:
      "context 被取消，只会结束拿到了它的那些等待。拿到别的 context 或者根本没拿 context 的调用，会继续为已经离开的客户端工作。",
    shows: "有八页历史是替已经不在的人读的。`overstayed()` 列出父 context 已取消却还活着的任务及其行号。",
    instead: "把请求的 context 传给每一个会等待的调用；`ctx` 作为最后一个参数接收并继续下传。",
  },
};
