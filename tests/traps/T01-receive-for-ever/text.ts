import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Receiving for ever from a channel nobody closes",
    happens:
      "`for await` over a channel ends when it is closed. If nobody closes it, the task stays parked: nothing of what it would have done at its end happens.",
    shows:
      "A task lives on after its work. `assertNoLeaks` names it, what it waits for and where it was started; in a running server the leak proof does, once nothing can reach the channel.",
    instead:
      "Whoever sends owns the channel and closes it (`close`, or `using`, which also drops what is left); receivers take a context.",
  },
  zh: {
    title: "永远在等一个没人关闭的 channel",
    happens:
      "`for await` 遍历 channel，直到它被关闭。没人关闭，任务就一直停在那里：它本应在结束时做的事永远不会发生。",
    shows:
      "工作做完之后任务还活着。`assertNoLeaks` 指出任务、它在等什么、在哪里启动；在运行中的服务器里，当 channel 再也无法被触及时，泄漏证明会指出它。",
    instead:
      "谁发送，谁拥有 channel 并负责关闭（`close`，或者 `using`，后者同时丢弃剩余的值）；接收方传入 context。",
  },
};
