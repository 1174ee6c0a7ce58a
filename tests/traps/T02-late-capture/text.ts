import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Loop variable captured by a late task",
    happens:
      "A task starts after the code that spawned it has gone on. `const` and `let` in the head of a `for` give each turn its own variable, but one that is declared outside, or with `var`, is shared by all tasks: each sees what it holds when the task runs, not when it was spawned.",
    shows:
      "Every task works on the last element. The lint rule `mutable-capture` names the body and the line.",
    instead: "Declare the variable in the loop's head, or pass the value to a function that spawns the task.",
  },
  zh: {
    title: "循环变量被延后执行的任务捕获",
    happens:
      "任务在 `spawn` 返回之后才开始运行。写在 `for` 头部的 `const` 和 `let` 每一轮各有一个变量；而声明在循环外面的变量，或者用 `var` 声明的变量，由所有任务共用：任务看到的是运行那一刻的值，不是创建那一刻的值。",
    shows: "所有任务都在处理最后一个元素。lint 规则 `mutable-capture` 指出任务体和行号。",
    instead: "把变量声明在循环头部，或者把值作为参数传给创建任务的函数。",
  },
};
