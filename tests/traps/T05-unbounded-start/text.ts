import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "“Tasks are free”",
    happens:
      "`Promise.all` over a list starts all of it. Each part is cheap; together they hold the memory of the whole list, and when their input arrives at once they fill one turn of the event loop, in which no timer and no socket is served.",
    shows:
      "Two thousand images are in memory, and two thousand are worked on before a socket has a turn. The gauge of live tasks by place names the place; the loop's delay shows the second half.",
    instead:
      "A fixed number of workers on a channel, `scope({ limit })`, a `Semaphore`, or a `Pool` for work on the CPU.",
  },
  zh: {
    title: "“任务不要钱”",
    happens:
      "对列表用 `Promise.all` 会一次全部启动。单个很便宜；合在一起就占着整个列表的内存，而且输入同时到达时会塞满事件循环的一轮，期间定时器和 socket 都得不到服务。",
    shows:
      "两千张图片同时在内存里，轮到 socket 之前连着处理了两千张。按启动位置统计的存活任务数指出位置；事件循环延迟显示另一半。",
    instead: "用固定数量的 worker 读 channel，或者 `scope({ limit })`、`Semaphore`；CPU 工作用 `Pool`。",
  },
};
