import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Uneven worker pool, backlog after a worker dies",
    happens:
      "Dealing jobs in turn gives the slow worker as many as the fast ones; and what lies in the queue of a worker that dies, dies with it.",
    shows:
      "Eight jobs of thirty are never done, and the slow worker gets every third one though it is ten times slower. The pool's gauges by worker (given, done) name the line that dealt.",
    instead:
      "`Pool`: dispatch by measured health; a worker that dies is replaced, and its idempotent jobs are taken over by the others.",
  },
  zh: {
    title: "worker 池不均衡，worker 死后任务积压",
    happens: "轮流分发让慢的 worker 和快的拿到一样多；而死掉的 worker 队列里的任务随它一起消失。",
    shows:
      "三十个任务有八个永远没做完，慢十倍的 worker 仍然拿到每三个中的一个。按 worker 统计的仪表（分到、完成）指出分发的那一行。",
    instead: "用 `Pool`：按测得的健康度分发；死掉的 worker 被替换，它的幂等任务由其他 worker 接手。",
  },
};
