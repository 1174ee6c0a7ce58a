import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "A task per stream without a limit",
    happens:
      "Each connection brings a task, buffers and timers. Nothing in Node says no: the process grows until everybody is slow, or until it is killed.",
    shows:
      "200 streams run where 64 fit. A gauge of live tasks against the limit names the group and its line.",
    instead:
      "A weighted `Semaphore` in front, waited for with a deadline; who does not get in by then is told 503 and may come back.",
  },
  zh: {
    title: "每个流一个任务，没有上限",
    happens:
      "每条连接都带来一个任务、若干缓冲和定时器。Node 不会拒绝：进程一直膨胀，直到所有人都变慢，或者被杀掉。",
    shows: "只容得下 64 个流的地方跑着 200 个。存活任务数对照上限的仪表指出任务组和行号。",
    instead: "在入口放一个带权的 `Semaphore`，带截止时间等待；到时还没进去的回答 503，可以稍后再来。",
  },
};
