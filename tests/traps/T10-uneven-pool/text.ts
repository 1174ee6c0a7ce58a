import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Uneven worker pool, backlog after a worker dies",
    happens:
      "Dealing jobs in turn gives the slow worker as many as the fast ones; and what lies in the queue of a worker that dies, dies with it.",
    shows:
      "Eight jobs of thirty are never done, and the last one comes at 200 ms instead of 60. The pool's gauges by worker (given, done) name the line that dealt.",
    instead:
      "One queue that free workers take from, or dispatch by measured health; a worker that dies is replaced, and its idempotent jobs go back to the queue.",
  },
  zh: {
    title: "worker 池不均衡，worker 死后任务积压",
    happens: "轮流分发让慢的 worker 和快的拿到一样多；而死掉的 worker 队列里的任务随它一起消失。",
    shows:
      "三十个任务有八个永远没做完，最后一个在 200 ms 才完成，而不是 60 ms 之内。按 worker 统计的仪表（分到、完成）指出分发的那一行。",
    instead:
      "用一个队列，空闲的 worker 自取；或者按测得的健康度分发。死掉的 worker 被替换，它的幂等任务回到队列。",
  },
};
