import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Connections not closed",
    happens:
      "A socket is a handle outside the heap: forgetting it closes nothing. On one side it waits in CLOSE_WAIT, on the other in FIN_WAIT; and one that is opened for each call leaves a trail of TIME_WAIT.",
    shows:
      "Twenty calls that gave up leave twenty connections. Handles counted by the line that opened them name it.",
    instead:
      "A scope owns the socket (`scope.use`, `scope.defer`) and has a timeout; for calls that repeat, a keep-alive agent with a limit.",
  },
  zh: {
    title: "连接没有关闭",
    happens:
      "socket 是堆外的句柄：忘记它并不会关闭它。一端停在 CLOSE_WAIT，另一端停在 FIN_WAIT；每次调用都新开连接，则留下一串 TIME_WAIT。",
    shows: "二十次放弃的调用留下二十条连接。按打开位置统计的句柄数指出这一行。",
    instead:
      "由 scope 拥有 socket（`scope.use`、`scope.defer`），并设超时；重复的调用使用带上限的 keep-alive agent。",
  },
};
