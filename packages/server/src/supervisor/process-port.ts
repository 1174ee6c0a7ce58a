import cluster from "node:cluster";
import type { ControlPort } from "./control-port.ts";

/** What of `process` is needed. */
type OwnProcess = Pick<NodeJS.Process, "on" | "send" | "connected">;

/** The line to the supervisor that this process was started with. */
export function processPort(self: OwnProcess): ControlPort {
  let underWay = 0;
  let flushed: (() => void) | undefined;
  const left = (): void => {
    underWay -= 1;
    if (underWay === 0) flushed?.();
  };
  return {
    send(message) {
      if (!self.connected || self.send === undefined) return;
      underWay += 1;
      // A supervisor that is no more hears nothing: `closed` tells of that.
      self.send(message, undefined, undefined, left);
    },
    listen(listener) {
      self.on("message", (message: unknown) => listener.message(message));
      const closed = (): void => listener.closed();
      const { worker } = cluster;
      if (worker === undefined) self.on("disconnect", closed);
      else
        worker.on("disconnect", () => {
          // Else the cluster module ends the process before anything could be finished.
          worker.exitedAfterDisconnect = true;
          closed();
        });
    },
    flush() {
      if (underWay === 0) return Promise.resolve();
      return new Promise((resolve) => (flushed = resolve));
    },
  };
}
