import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Counter updated by several writers",
    happens:
      "Within one thread `count++` cannot be interrupted. On memory that threads share it is a read and a write, and what another thread counted between them is lost.",
    shows:
      "Of two million counts many are missing. The race detector over the shared array names the threads and the line.",
    instead: "`Atomics.add`; or better a counter for each worker, summed when somebody asks.",
  },
  zh: {
    title: "多个写者更新同一个计数器",
    happens:
      "在一个线程里 `count++` 不会被打断。在线程共享的内存上，它是一次读加一次写，期间别的线程计的数就丢了。",
    shows: "两百万次计数少了许多。覆盖在共享数组上的竞态检测器指出线程和行号。",
    instead: "用 `Atomics.add`；更好的做法是每个 worker 一个计数器，有人问时再求和。",
  },
};
