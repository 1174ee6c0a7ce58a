import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Select without default in a polling loop",
    happens:
      "`select` waits until a case is ready. A loop that only wants to look stands still at its first turn.",
    shows:
      "No frame is drawn, and the process ends without a word. `deadlockReport()` names the task, its select and where it was started.",
    instead:
      "`trySelect`, which gives undefined when nothing is ready; or a case `after(ms)`, or a `Ticker`, for the beat.",
  },
  zh: {
    title: "轮询循环里的 select 没有 default",
    happens: "`select` 会一直等到某个分支就绪。只想看一眼的循环在第一轮就停住了。",
    shows: "一帧都没画，进程一声不响地退出。`deadlockReport()` 指出任务、它的 select 和启动位置。",
    instead:
      "用 `trySelect`，没有分支就绪时返回 undefined；或者加一个 `after(ms)` 分支，或者用 `Ticker` 给出节拍。",
  },
};
