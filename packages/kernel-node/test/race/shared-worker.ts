import { parentPort, workerData } from "node:worker_threads";
import { watchShared } from "@barrage/kernel-node/race";

interface Job {
  readonly memory: SharedArrayBuffer;
  readonly shadow: SharedArrayBuffer;
  readonly thread: number;
  readonly how: "plain" | "atomic" | "message";
}

/** Adds to element 0 as often as told, by plain reads and writes, or by Atomics, or once it was told by message. */
const { memory, shadow, thread, how } = workerData as Job;
const view = watchShared(new Int32Array(memory), shadow, thread);

function addPlainly(): void {
  for (let i = 0; i < 200; i++) view.set(0, view.get(0) + 1);
}

if (how === "plain") addPlainly();
if (how === "atomic") for (let i = 0; i < 200; i++) view.add(0, 1);
if (how === "message") {
  parentPort?.once("message", (stamp: number[]) => {
    view.receive(stamp);
    addPlainly();
    parentPort?.postMessage(view.stamp());
  });
} else parentPort?.postMessage(view.stamp());
