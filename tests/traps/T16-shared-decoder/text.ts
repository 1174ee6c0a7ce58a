import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "One decoder shared by streams",
    happens:
      "A decoder keeps what is left of the last chunk: half a character, half a line, a dictionary. Streams that share it get each other's halves.",
    shows:
      "Two streams give mixed lines. The race detector names the field and the line that writes it across an `await`.",
    instead: "One decoder for each stream, from a pool if making one is dear, and reset before it goes back.",
  },
  zh: {
    title: "多个流共用一个解码器",
    happens: "解码器保存着上一块剩下的东西：半个字符、半行、一部字典。共用它的流会拿到彼此的那一半。",
    shows: "两个流读出混在一起的行。竞态检测器指出字段和跨越 `await` 写它的那一行。",
    instead: "每个流一个解码器；创建代价高就用池，归还之前重置。",
  },
};
