import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Non-blocking send drops messages that were ready",
    happens:
      "`trySend` says false when the queue is full, and the value is then still the caller's. A caller that does not look at the answer has lost it.",
    shows:
      "Six of ten danmaku of a burst arrive nowhere, and no counter moves. The lint rule `ignored-try-send` names the call; a shed counter beside it counts what is dropped on purpose.",
    instead:
      "Look at the answer: wait with `send`, keep the value in a bounded ring and offer it again with growing pauses, or count it as shed.",
  },
  zh: {
    title: "非阻塞发送丢掉了已经就绪的消息",
    happens: "队列满时 `trySend` 返回 false，这个值仍然在调用者手里。调用者不看返回值，值就丢了。",
    shows:
      "一阵突发的十条弹幕里有六条哪里都没有到，也没有任何计数器变化。lint 规则 `ignored-try-send` 指出这次调用；旁边的丢弃计数器统计有意丢弃的数量。",
    instead: "检查返回值：用 `send` 等待，或者把值放进有界的环形缓冲、按指数退避重试，或者计入丢弃数。",
  },
};
