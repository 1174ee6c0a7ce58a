import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Concurrent map for the wrong load",
    happens:
      "Go's `sync.Map` is made for keys that are written once and read often. A JavaScript thread needs no concurrent map at all: a plain `Map` cannot be interrupted between two `await`s, and threads share no maps. What people build instead (copies for readers, a lock around each access) is paid for on every access.",
    shows:
      "Half a load of writes costs some five hundred operations an access. The benchmark table compares, counted in operations.",
    instead:
      "A plain `Map` with one owner; with several threads, one owner for each shard and messages between them.",
  },
  zh: {
    title: "并发 map 用错了负载",
    happens:
      "Go 的 `sync.Map` 是为一次写入、多次读取的键设计的。JavaScript 线程根本不需要并发 map：普通 `Map` 在两个 `await` 之间不会被打断，而线程之间也不共享 map。人们另造的东西（为读者复制、每次访问加锁）每次访问都要付出代价。",
    shows: "读写各半的负载下，每次访问要花大约五百次操作。基准表以操作次数作比较。",
    instead: "一个拥有者的普通 `Map`；多线程时每个分片一个拥有者，彼此用消息通信。",
  },
};
