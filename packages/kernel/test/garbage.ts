import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// The collector is behind a flag; set here, the tests need no special command line.
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Collects garbage after pending work has run, so that what is left is held by something. */
export async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

/** Bytes in use after a collection. */
export async function heapAfterCollection(): Promise<number> {
  await collectGarbage();
  return process.memoryUsage().heapUsed;
}
