import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { imbalance } from "@barrage/engine";
import { sleep } from "@barrage/kernel";
import { createLogger, resolveConfig, startGatewayWorker, startOwner } from "@barrage/server";
import type { RunningOwner, RunningWorker, Store } from "@barrage/server";
import { fetchAnswer, memoryStore, temporaryDir } from "./test-server.ts";
import type { Answer } from "./test-server.ts";

export interface TestWorker extends RunningWorker {
  post(path: string, body: unknown, token?: string): Promise<Answer>;
  get(path: string, token?: string): Promise<Answer>;
  /** A token of the development issuer, made by this worker. */
  token(uid: string, role?: string): Promise<string>;
}

/** An owner and its workers in one process, on ports in memory; ended with the test. */
export interface TestWorkers {
  readonly socketPath: string;
  readonly lines: readonly string[];
  readonly owner: RunningOwner;
  /** Starts another owner on what the last one left; at another path the workers do not find it. */
  restartOwner(path?: string): Promise<void>;
  worker(id: string, generation?: number): Promise<TestWorker>;
}

export async function testWorkers(
  t: TestContext,
  flags: Readonly<Record<string, string>> = {},
  parts: Partial<Store> = {},
): Promise<TestWorkers> {
  const dir = temporaryDir(t);
  const lines: string[] = [];
  const log = createLogger({ level: "trace", stream: { write: (line) => void lines.push(line) } });
  const given = {
    "store.dir": dir,
    "server.shutdown-spread-ms": "0",
    "engine.viewers-every-ms": "100",
    ...flags,
  };
  const { config } = resolveConfig({ flags: given });
  const socketPath = join(dir, "owner.sock");
  const store = memoryStore(parts);
  const openStore = (): Promise<Store> => Promise.resolve(store);
  let owner = await startOwner(config, { socketPath, log, openStore });
  // In the order of their start: hooks run in that order, so the workers' hook comes first.
  const workers: RunningWorker[] = [];
  t.after(async () => {
    for (const worker of workers) {
      await worker.close();
      assert.equal(imbalance(worker.engine.gateway.ledger()), 0, "the ledger does not balance");
    }
    await owner.close();
  });
  return {
    socketPath,
    lines,
    get owner() {
      return owner;
    },
    async restartOwner(path = socketPath) {
      owner = await startOwner(config, { socketPath: path, log, openStore });
    },
    async worker(id, generation = 1) {
      const listen = { host: "127.0.0.1", port: 0, reusePort: false };
      const worker = await startGatewayWorker(config, {
        socketPath,
        worker: { id, generation },
        listen,
        log,
      });
      workers.push(worker);
      return withCalls(worker);
    },
  };
}

function withCalls(worker: RunningWorker): TestWorker {
  const call = (method: string, path: string, own: Parameters<typeof fetchAnswer>[2]): Promise<Answer> =>
    fetchAnswer(`${worker.url}${path}`, method, own);
  return {
    ...worker,
    post: (path, body, token) => call("POST", path, { token, body: JSON.stringify(body) }),
    get: (path, token) => call("GET", path, { token }),
    async token(uid, role = "viewer") {
      const body = { uid, role, ...(role === "viewer" ? {} : { key: worker.devKey }) };
      const { json } = await call("POST", "/auth/login", { body: JSON.stringify(body) });
      return json["token"] as string;
    },
  };
}

/** Asks again and again until the answer is right: what is told between processes takes its time. */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    // Asked without a pause, four such tests beside each other would leave the answer no time to become right.
    await sleep(10);
  }
}
