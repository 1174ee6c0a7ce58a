import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Index out of range",
    happens:
      "Go panics; JavaScript reads `undefined` and goes on. The mistake travels as `NaN` or as a missing field until it shows somewhere else.",
    shows: "A sum is `NaN`. `noUncheckedIndexedAccess` names the expression and the line.",
    instead:
      "Iterate over elements; where an index is needed, use an access that checks it and throws at once.",
  },
  zh: {
    title: "下标越界",
    happens:
      "Go 会 panic；JavaScript 读出 `undefined` 然后继续运行。错误以 `NaN` 或缺失字段的形式传下去，直到在别的地方显现。",
    shows: "一个总和变成 `NaN`。`noUncheckedIndexedAccess` 指出表达式和行号。",
    instead: "直接遍历元素；确实需要下标时，使用带检查、越界立即抛错的访问函数。",
  },
};
