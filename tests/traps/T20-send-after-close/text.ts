import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Send after close",
    happens:
      "Go panics. Here the promise of `send` is rejected, which a caller who does not wait, or catches everything, never sees.",
    shows:
      "Three danmaku were accepted and reach nobody. The error `KERNEL_CHANNEL_CLOSED` has the channel's name and the sender's stack.",
    instead:
      "`TwoPhaseClose`, whose writers get `closing` and `closed` as answers; or `trySend` and `closed` where nobody waits. Accept after the send, not before.",
  },
  zh: {
    title: "关闭之后发送",
    happens:
      "Go 会 panic。这里是 `send` 的 promise 被拒绝，而不等待它、或者什么都 catch 的调用者根本看不到。",
    shows:
      "三条弹幕已经受理，却没有送到任何人。错误 `KERNEL_CHANNEL_CLOSED` 带着 channel 的名字和发送者的调用栈。",
    instead:
      "用 `TwoPhaseClose`，写者得到的回答就是 `closing` 或 `closed`；不等待的地方用 `trySend` 和 `closed`。先发送成功，再受理。",
  },
};
