import { parentPort, workerData } from "node:worker_threads";
import { sqliteFailure } from "../sqlite-failure.ts";
import { CLOSE_OPERATION, OPENED } from "./messages.ts";
import type { Call, Operations, Reply } from "./messages.ts";

/** Opens the file that `workerData` names and answers the main thread's calls, one after another, until `close`. */
export function serve(open: (options: never) => Operations): void {
  const port = parentPort;
  if (port === null) throw new TypeError("a database thread was loaded outside a worker");
  const options = workerData as { readonly path: string };
  const reply = (message: Reply): void => port.postMessage(message);
  const attempt = (id: number, run: () => unknown): boolean => {
    try {
      reply({ id, value: run() });
      return true;
    } catch (error) {
      const { code, fields } = sqliteFailure(options.path, error);
      reply({ id, fault: { code, fields } });
      return false;
    }
  };

  let operations: Operations = {};
  const opened = attempt(OPENED, () => {
    operations = open(options as never);
  });
  if (!opened) return;
  port.on("message", ({ id, operation, args }: Call) => {
    const run = operations[operation] as ((...args: readonly unknown[]) => unknown) | undefined;
    attempt(id, () => {
      if (run === undefined) throw new TypeError(`no operation ${operation}`);
      return run(...args);
    });
    // Without a listener on its port the thread has nothing left to wait for and ends.
    if (operation === CLOSE_OPERATION) port.close();
  });
}
