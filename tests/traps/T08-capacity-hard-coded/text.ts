import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Capacity hard-coded",
    happens:
      "A buffer's size is a guess about rate and latency. Too small sheds or blocks at the peak; too large is memory, and seconds of delay that nobody sees until the peak.",
    shows:
      "A queue of 16 sheds under a load step in which the store takes 60 ms once in a hundred. The capacity report of the step names the queue, what it has and what it needs.",
    instead:
      "capacity = ⌈rate × 99th percentile × safety⌉, computed from configured or measured numbers, and checked by a load step.",
  },
  zh: {
    title: "容量写死",
    happens:
      "缓冲区大小是对速率和延迟的一个猜测。太小，高峰时丢弃或阻塞；太大，则占内存，并带来直到高峰才被发现的数秒延迟。",
    shows:
      "在一次压力阶跃中，存储每百次有一次耗时 60 ms，容量 16 的队列开始丢弃。阶跃的容量报告指出队列、现有容量和所需容量。",
    instead: "容量 = ⌈速率 × P99 × 安全系数⌉，由配置或测得的数字算出，并用压力阶跃验证。",
  },
};
