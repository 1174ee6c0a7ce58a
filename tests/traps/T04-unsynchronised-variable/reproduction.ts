import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { nextTurn, scope } from "@barrage/kernel";
import { inThreads, meet, type ThreadData, ThreadNumbers } from "../tools/threads.ts";
import type { Measured } from "../trap.ts";

const FILE = fileURLToPath(import.meta.url);
const SEAT = 0;

export type Watch = <T extends object>(object: T) => T;

/** Ten gifts of one coin, each added by a task of its own: read, ask the bank, write. */
async function acrossAwait(watch: Watch): Promise<number> {
  const account = watch({ coins: 0 });
  await scope((s) => {
    for (let gift = 0; gift < 10; gift++) {
      s.spawn(async () => {
        const before = account.coins;
        await nextTurn();
        account.coins = before + 1; // guilty
      });
    }
  });
  return account.coins;
}

/** One seat, two threads: each looks, takes the money, and sits down. */
function sellSeat(data: ThreadData): void {
  const numbers = new ThreadNumbers(data, FILE);
  const isFree = numbers.get(SEAT) === 0;
  meet(data, 0); // the payment takes its time in both
  if (isFree) numbers.set(SEAT, data.thread + 1); // guilty
  parentPort?.postMessage({ value: isFree ? 1 : 0, line: numbers.line });
}

export async function run(watch: Watch = (object) => object): Promise<readonly Measured[]> {
  const coins = await acrossAwait(watch);
  const { results } = await inThreads(FILE, { times: 1, watched: false });
  return [
    { what: "coins after ten gifts", meant: 10, got: coins },
    { what: "times one seat was sold", meant: 1, got: results.reduce((sum, { value }) => sum + value, 0) },
  ];
}

if (!isMainThread) sellSeat(workerData as ThreadData);
