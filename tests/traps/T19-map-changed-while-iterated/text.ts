import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Map changed while iterated",
    happens:
      "Go's run time stops a program that writes a map while another goroutine iterates it. JavaScript has no such guard: an entry deleted ahead is skipped, and one added is visited too, so a loop that adds may never end. With an `await` in the body, anybody's change counts.",
    shows:
      "The loop over three rooms is stopped at the thousandth. A map for tests that notes additions under a running iteration names the line.",
    instead:
      "Iterate over a snapshot (`Array.from(map)`), or collect the changes and make them after the loop.",
  },
  zh: {
    title: "遍历时修改 Map",
    happens:
      "Go 运行时会终止在遍历 map 时并发写入的程序。JavaScript 没有这道防线：前方被删的条目会跳过，新增的条目也会被访问，边遍历边添加的循环可能永不结束。循环体里有 `await` 时，任何人的修改都算数。",
    shows: "遍历三个房间的循环在第一千次时被拦下。测试用的 map 记录遍历期间的新增，指出行号。",
    instead: "遍历快照（`Array.from(map)`），或者先收集改动，循环结束后再执行。",
  },
};
