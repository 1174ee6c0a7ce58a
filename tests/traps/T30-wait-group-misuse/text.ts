import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "WaitGroup: add inside the task, or a missing done",
    happens:
      "A task that counts itself in does so after somebody may have waited already: the count touches zero in between, and the wait returns early. A path without `done` leaves the count above zero, and the wait never returns.",
    shows:
      "The wait returns before all three uploads have finished; an `add` before the waiters have returned throws `KERNEL_WAIT_GROUP_REUSED` at its line. The wait without end is in the deadlock report.",
    instead:
      "`wg.go(body)`: counted before it starts, and counted out however it ends. Or a scope, which needs no counting.",
  },
  zh: {
    title: "WaitGroup：在任务里 add，或漏掉 done",
    happens:
      "任务自己登记时，别人可能早已开始等待：计数中途归零，等待提前返回。某条路径漏掉 `done`，计数就一直大于零，等待永不返回。",
    shows:
      "三个上传还没做完，等待就返回了；在等待者返回之前 `add` 会在那一行抛出 `KERNEL_WAIT_GROUP_REUSED`。永不结束的等待出现在死锁报告里。",
    instead: "用 `wg.go(body)`：启动之前登记，无论怎么结束都会注销。或者用 scope，根本不需要计数。",
  },
};
