import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Ticker or timer never stopped",
    happens:
      "`setInterval` runs as long as the process and keeps all that its callback can reach. A ticker somebody waits on has a timer too.",
    shows:
      "Twenty timers run for ten viewers who have gone. The lint rules `timer-never-cleared` and `require-using` name the places; at run time `pendingTimers()` counts.",
    instead: "`using ticker = new Ticker(ms, ctx)`: it ends with the block and with the context.",
  },
  zh: {
    title: "定时器或 Ticker 从不停止",
    happens: "`setInterval` 与进程同寿，并且一直持有回调能触及的一切。有人在等的 ticker 同样占着一个定时器。",
    shows:
      "十位观众离开之后还有二十个定时器在跑。lint 规则 `timer-never-cleared` 和 `require-using` 指出位置；运行时用 `pendingTimers()` 计数。",
    instead: "`using ticker = new Ticker(ms, ctx)`：随代码块和 context 一起结束。",
  },
};
