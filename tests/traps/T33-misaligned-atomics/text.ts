import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Misaligned 64-bit atomics",
    happens:
      "On 32-bit machines Go's 64-bit atomics fault at run time when misaligned. JavaScript cannot even make the view: a `BigInt64Array` starts at a multiple of 8. What remains is the start that fails, or the `DataView` somebody takes instead, which has no atomics at all.",
    shows: "No counter counts. The RangeError of the constructor has the line.",
    instead: "A layout that computes offsets, each at a multiple of its field's size.",
  },
  zh: {
    title: "64 位原子操作未对齐",
    happens:
      "在 32 位机器上，Go 未对齐的 64 位原子操作会在运行时出错。JavaScript 连视图都建不出来：`BigInt64Array` 的起点必须是 8 的倍数。剩下的问题是启动失败，或者有人改用 `DataView`，而它根本没有原子操作。",
    shows: "没有一个计数器能计数。构造函数抛出的 RangeError 带着行号。",
    instead: "用布局类计算偏移，每个字段都落在自身大小的整数倍上。",
  },
};
