import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Nil channel, closed channel",
    happens:
      "A select case without a channel is never ready, as with Go's nil channel. That is useful to switch a case off, and a wait for ever when the channel was merely not made yet. A send after the close is refused.",
    shows:
      "The process ends, with status 0, and the report was not written: when nothing can wake a task any more, Node just leaves. `deadlockReport()` says at `beforeExit` who sleeps and where it was started. The late send fails with `KERNEL_CHANNEL_CLOSED`.",
    instead:
      "Make channels with their owner, as `readonly` fields. Only the sender closes; closing twice is harmless; `closed` and `trySend` where nobody waits.",
  },
  zh: {
    title: "nil channel 与已关闭的 channel",
    happens:
      "没有 channel 的 select 分支永远不会就绪，与 Go 的 nil channel 相同。用来关掉一个分支很方便；如果只是 channel 还没建好，那就是永远等下去。关闭之后的发送会被拒绝。",
    shows:
      "进程以状态 0 退出，报告却没有写出：当再没有什么能唤醒任务时，Node 就直接离开了。`deadlockReport()` 在 `beforeExit` 时说明谁在沉睡、在哪里启动。迟到的发送以 `KERNEL_CHANNEL_CLOSED` 失败。",
    instead:
      "channel 与它的拥有者一起创建，作为 `readonly` 字段。只有发送方关闭；重复关闭无害；不等待的地方用 `closed` 和 `trySend`。",
  },
};
