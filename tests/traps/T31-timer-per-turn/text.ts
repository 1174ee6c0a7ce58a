import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Timer created per loop turn",
    happens:
      "`Promise.race` calls nothing off: the timeout that lost goes on until it fires, and keeps what it closes over. The receive that lost goes on too, and swallows a value.",
    shows:
      "A thousand timers run after a loop of a thousand turns. The lint rule `task-without-owner` names the element of the race; a timer gauge counts.",
    instead:
      "`select` with `after`, whose timer is cleared when another case wins; a `Ticker` for a steady beat.",
  },
  zh: {
    title: "每轮循环新建定时器",
    happens:
      "`Promise.race` 不会取消任何东西：输掉的超时一直运行到触发为止，并持有它闭包里的一切；输掉的接收也在继续，还会吞掉一个值。",
    shows:
      "一千轮循环之后有一千个定时器在跑。lint 规则 `task-without-owner` 指出 race 里的那个元素；定时器计数也会显示。",
    instead: "用带 `after` 的 `select`，别的分支获胜时定时器随之清除；需要固定节拍时用 `Ticker`。",
  },
};
