import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Failure lost in a background task",
    happens:
      "A promise that nobody takes is a task that nobody owns. When it fails, Node ends the whole process with an unhandled rejection; with a `catch` that does nothing, the failure is gone without a trace.",
    shows:
      "The service dies at the third request because of work that no request was waiting for. The lint rule `task-without-owner` names the call; at run time `taskFailureCount` and the handler of `onTaskFailure` (from which a server makes `task_panic_total{task}`) count failures by task.",
    instead:
      "Start it with `go()`, or in a scope. The failure reaches `onTaskFailure` with the task's name and the error's stack, is counted, and ends nothing else.",
  },
  zh: {
    title: "后台任务的失败丢失",
    happens:
      "没人接收的 promise 就是没有主人的任务。它一旦失败，Node 会因为未处理的 rejection 结束整个进程；如果加了一个什么都不做的 `catch`，失败就无声无息地消失了。",
    shows:
      "服务在第三个请求时退出，而出错的工作没有任何请求在等。lint 规则 `task-without-owner` 指出这次调用；运行时 `taskFailureCount` 和 `onTaskFailure` 的处理函数（服务器由此产生 `task_panic_total{task}`）按任务统计失败。",
    instead:
      "用 `go()` 启动，或者放进一个 scope。失败会带着任务名和错误栈交给 `onTaskFailure`，并被计数，别的任务不受影响。",
  },
};
