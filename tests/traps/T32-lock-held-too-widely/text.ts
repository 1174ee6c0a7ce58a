import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Lock held too widely, or across await, or copied",
    happens:
      "Code between two `await`s needs no lock, so the only locks there are, are held across `await`: while one task waits for a store, all others wait for the lock. Two locks taken in different orders never let go. A copied lock, which Go's vet warns of, has no meaning here: a `Mutex` is an object, handed on by reference, and a spread copy has no methods.",
    shows:
      "Ten requests take a second instead of a tenth, and two moves stand until their deadline. `waitCycles()` names tasks and locks of the circle in a running server.",
    instead:
      "Ask first, then lock for the few lines that must not be interrupted (`using _ = await mutex.lock(ctx)`); several locks in one order; every wait with a deadline.",
  },
  zh: {
    title: "锁的范围太大、跨越 await 持有，或被复制",
    happens:
      "两个 `await` 之间的代码不需要锁，所以锁总是跨越 `await` 持有的：一个任务在等存储，其余任务都在等锁。两把锁以不同顺序获取，就谁也不放手。Go vet 警告的“复制锁”在这里没有意义：`Mutex` 是按引用传递的对象，展开复制得到的东西没有任何方法。",
    shows:
      "十个请求花了一秒而不是十分之一秒，两次移动一直停到截止时间。`waitCycles()` 在运行中的服务器里指出环上的任务和锁。",
    instead:
      "先提问，再为不可打断的那几行加锁（`using _ = await mutex.lock(ctx)`）；多把锁按同一顺序获取；每次等待都有截止时间。",
  },
};
