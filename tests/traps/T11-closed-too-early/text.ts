import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Channel closed too early",
    happens:
      "With several senders, none of them knows that it is the last. Whoever closes when it is done itself cuts the others off.",
    shows:
      "Rows are missing. Each later send fails with `KERNEL_CHANNEL_CLOSED`; with the stack of the closer beside it, the guilty line is the close and not the send.",
    instead:
      "`TwoPhaseClose`: announce, let each writer flush and leave, close after the last. Or a scope that joins all senders and then closes.",
  },
  zh: {
    title: "channel 关得太早",
    happens: "有多个发送者时，谁也不知道自己是不是最后一个。谁干完就关，谁就切断了别人。",
    shows:
      "有几行没有导入。之后的每次发送都以 `KERNEL_CHANNEL_CLOSED` 失败；错误旁边带上关闭者的调用栈，出错的行就是关闭那一行，而不是发送那一行。",
    instead:
      "用 `TwoPhaseClose`：先宣布，让每个写者发完并离开，最后一个离开后再关闭。或者用一个 scope 等齐所有发送者再关。",
  },
};
