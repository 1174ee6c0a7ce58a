import assert from "node:assert/strict";
import { it } from "node:test";
import { rootContext } from "@barrage/kernel";
import { createLogger, resolveConfig } from "@barrage/server";
import { FakeClock } from "@barrage/testkit";
import type { ChildListener, ChildProcessHandle, ProcessStarter } from "../../src/supervisor/control-port.ts";
import { Supervisor } from "../../src/supervisor/supervisor.ts";

/** Its processes serve as soon as they are begun, and end when they are told to. */
class Starter implements ProcessStarter {
  readonly spare = undefined;
  readonly listeners: ChildListener[] = [];
  /** Starts from now on for which the system has no memory. */
  refused = 0;

  start(_: "owner" | "worker", listener: ChildListener): ChildProcessHandle {
    if (this.refused > 0) {
      this.refused -= 1;
      throw new Error("spawn ENOMEM");
    }
    this.listeners.push(listener);
    return {
      pid: this.listeners.length,
      begin: () => listener.message({ type: "ready" }),
      send: () => listener.exited(0, null),
      kill: () => listener.exited(null, "SIGKILL"),
    };
  }

  prepare(): void {
    // None is loaded ahead.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

it("[WK-37] a process that the system cannot start is one that died early: it is tried again, and the others go on", async () => {
  const clock = new FakeClock();
  const starter = new Starter();
  const { config } = resolveConfig({ flags: { "workers.count": "1", "workers.hang-ms": "600000" } });
  const said: string[] = [];
  const supervisor = await Supervisor.start({
    config,
    readConfig: () => config,
    starter,
    socketPath: "",
    reusePort: true,
    listens: { port: 1, subPort: undefined },
    log: createLogger({ level: "error", stream: { write: (text) => void said.push(text) } }),
    cpuTimes: () => undefined,
    parallelism: 1,
    pid: 1,
    root: rootContext({ clock }),
  });
  const { baseMs } = config.workers.respawn;

  starter.refused = 3;
  starter.listeners[1]?.exited(1, null);
  assert.equal(starter.listeners.length, 2);
  // At once, and after one, two and four times the shortest wait.
  for (let step = 0; step < 8; step += 1) await clock.advance(baseMs);

  assert.equal(starter.refused, 0);
  assert.equal(starter.listeners.length, 3);
  assert.equal(said.filter((line) => line.includes("spawn ENOMEM")).length, 3);
  await supervisor.close();
});
