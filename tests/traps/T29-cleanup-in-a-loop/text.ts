import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Cleanup in a loop, or in the wrong order",
    happens:
      "What is deferred runs at the end of its scope, not of the turn: Go's `defer`, `AsyncDisposableStack` and `scope.defer` alike. Order is the other half: what was opened last must go first.",
    shows: "A hundred files are open at once instead of one. The lint rule `cleanup-in-loop` names the line.",
    instead:
      "`using` in the body of the loop, or a scope for each turn. Scopes and `using` release in reverse order, each once, also after failures.",
  },
  zh: {
    title: "在循环里登记清理，或清理顺序错误",
    happens:
      "推迟的清理在所属 scope 结束时执行，而不是在这一轮循环结束时：Go 的 `defer`、`AsyncDisposableStack` 和 `scope.defer` 都是如此。顺序是另一半问题：最后打开的必须最先关闭。",
    shows: "同时打开的文件有一百个，而不是一个。lint 规则 `cleanup-in-loop` 指出行号。",
    instead:
      "在循环体里用 `using`，或者每一轮一个 scope。scope 和 `using` 按相反的顺序释放，每个一次，失败之后也不例外。",
  },
};
