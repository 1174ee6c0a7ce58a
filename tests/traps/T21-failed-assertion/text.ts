import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Failed type assertion",
    happens:
      "Go's assertion fails at run time; `as` never does, because it checks nothing. Foreign data of another type goes on under the asserted one.",
    shows:
      'Ten and `"20"` and five add up to `10205`. The lint rule `as-on-foreign-data` names the assertion.',
    instead: "Decode: look at each field, or use a schema, and refuse with a coded error what does not fit.",
  },
  zh: {
    title: "类型断言失败",
    happens:
      "Go 的断言会在运行时失败；`as` 从不失败，因为它什么都不检查。类型不对的外部数据会顶着断言的类型继续往下走。",
    shows: '10、`"20"` 和 5 加起来是 `10205`。lint 规则 `as-on-foreign-data` 指出这处断言。',
    instead: "解码：逐个检查字段，或者使用 schema；不符合的数据用带错误码的错误拒绝。",
  },
};
