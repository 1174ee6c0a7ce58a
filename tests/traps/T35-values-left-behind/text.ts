import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Values left in a buffered channel",
    happens:
      "A reader that leaves early takes what it wants; the sender goes on until the buffer is full, and is then parked for ever. Its memory may be collected, but its `finally` never runs.",
    shows:
      "One sender is parked and two values are lost. The leak proof (a finalizer on the running task) names it with its wait and its line.",
    instead:
      "Dispose the channel when the reader leaves (`using`): senders that wait are refused, and what is left goes to `onUndelivered`. `drained` says when the last value was taken.",
  },
  zh: {
    title: "带缓冲的 channel 里留下没人取的值",
    happens:
      "提前离开的读者只取走自己要的值；发送者继续发送，直到缓冲填满，然后永远停在那里。它的内存可能被回收，但 `finally` 永远不会执行。",
    shows: "一个发送者停住，两个值丢失。泄漏证明（挂在运行中任务上的终结器）指出任务、等待原因和行号。",
    instead:
      "读者离开时释放 channel（`using`）：等待中的发送者被拒绝，剩下的值交给 `onUndelivered`。`drained` 说明最后一个值何时被取走。",
  },
};
