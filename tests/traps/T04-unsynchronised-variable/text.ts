import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Shared variable without synchronisation",
    happens:
      "One thread does not mean no races. Between a read and a write lies an `await`, and whoever wrote meanwhile is overwritten. And threads that share a `SharedArrayBuffer` race as in any language, wherever they do not use Atomics.",
    shows:
      "Ten gifts leave one coin, and one seat is sold twice. The race detector knows which tasks and threads are ordered by locks, channels, joins and Atomics, and names the write that is not, also in a run that happened to go well.",
    instead: "A `Mutex` around read and write, or one task that owns the value; Atomics between threads.",
  },
  zh: {
    title: "没有同步的共享变量",
    happens:
      "单线程不等于没有竞态。读和写之间隔着 `await`，期间别人写入的值会被覆盖。共享 `SharedArrayBuffer` 的线程只要不用 Atomics，就会像任何语言那样竞争。",
    shows:
      "十份礼物只留下一枚金币，一个座位卖了两次。竞态检测器知道哪些任务和线程由锁、channel、join 和 Atomics 排了先后，并指出没有排序的那次写入，即使这一次碰巧没出错。",
    instead: "用 `Mutex` 包住读和写，或者让一个任务独占这个值；线程之间用 Atomics。",
  },
};
