/** Entry of a worker's process; its controller holds the other end of the link. */
import { Socket } from "node:net";
import { background } from "@barrage/kernel";
import { Link } from "./link.ts";
import type { ToController, ToWorker } from "./messages.ts";
import { LINK_FD } from "./worker-processes.ts";
import { WorkerSession } from "./worker-session.ts";

const link = new Link<ToWorker, ToController>(new Socket({ fd: LINK_FD }), background, { isStranger: false });
try {
  await new WorkerSession(link, background).run();
} catch (error) {
  // Whoever would want to know is gone, or has been told over the link.
  process.exitCode = 1;
  if (!(error instanceof Error)) throw error;
} finally {
  await link[Symbol.asyncDispose]();
}
