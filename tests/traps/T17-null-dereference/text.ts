import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Null dereference",
    happens:
      "Where Go panics on a nil pointer, JavaScript throws a `TypeError` on a member of `undefined` or `null`. In a task nobody waits for, that ends the process.",
    shows: "One room of two is not answered. Strict types name the member and the line before anything runs.",
    instead: "Compile with `strict`; declare what may be absent as optional, and check before use.",
  },
  zh: {
    title: "空值解引用",
    happens:
      "Go 在空指针上 panic；JavaScript 在 `undefined` 或 `null` 上取成员时抛出 `TypeError`。如果发生在没人等待的任务里，整个进程都会退出。",
    shows: "两个房间里有一个得不到回答。严格类型检查在运行之前就指出这个成员和行号。",
    instead: "用 `strict` 编译；可能缺少的字段声明为可选，使用前先检查。",
  },
};
