import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Small slice keeps a big buffer",
    happens:
      "`subarray` shares the memory of the buffer it is cut from, and keeps all of it alive; so does `Buffer.slice`, and a small `Buffer.from` may lie in the pool.",
    shows: "A hundred ids of 16 bytes keep 6.5 MB. The gauge of retained bytes names the label and the line.",
    instead: "Copy what outlives the frame: `slice` of a `Uint8Array`, `Uint8Array.from`, or a string.",
  },
  zh: {
    title: "小切片留住大缓冲",
    happens:
      "`subarray` 与原缓冲共用内存，并让整块缓冲活着；`Buffer.slice` 也一样，较小的 `Buffer.from` 可能就在内存池里。",
    shows: "一百个 16 字节的 id 留住了 6.5 MB。滞留字节仪表指出标签和行号。",
    instead: "比帧活得久的部分要复制：`Uint8Array` 的 `slice`、`Uint8Array.from`，或者转成字符串。",
  },
};
