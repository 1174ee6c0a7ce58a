import { connect } from "node:net";
import type { Context } from "@barrage/kernel";
import { loadError } from "../errors.ts";
import { whileLive } from "../run/while-live.ts";
import { checkToken, joinController, thisWorker } from "./handshake.ts";
import type { WorkerIdentity } from "./handshake.ts";
import { Link } from "./link.ts";
import type { ToController, ToWorker } from "./messages.ts";
import { WorkerSession } from "./worker-session.ts";

export interface JoinOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Absent: this machine. */
  readonly identity?: WorkerIdentity;
  readonly onJoined?: () => void;
}

/** Time for a connection and its handshake, ms. */
const JOIN_MS = 10_000;

/**
 * Works for a controller on another machine until its run is over.
 *
 * Errors     LOAD_UNREACHABLE, LOAD_JOIN_REFUSED, LOAD_CONTROLLER_LOST; LOAD_BAD_PLAN for a token that is too short.
 */
export async function joinRun(options: JoinOptions, ctx: Context): Promise<void> {
  const { host, port, identity = thisWorker(), onJoined } = options;
  const token = checkToken(options.token);
  const unreachable = (reason: string): Error =>
    loadError("LOAD_UNREACHABLE", { target: `${host}:${port}`, reason });
  const socket = connect({ host, port });
  const opened = Promise.withResolvers<void>();
  socket.once("connect", () => opened.resolve());
  socket.on("error", (error) => opened.reject(unreachable(error.message)));
  try {
    using patience = ctx.cancellable({ timeout: JOIN_MS });
    await whileLive(opened.promise, patience);
  } catch (error) {
    socket.destroy();
    ctx.throwIfCancelled();
    throw error;
  }
  await using link = new Link<ToWorker, ToController>(socket, ctx, { isStranger: true });
  using patience = ctx.cancellable({ timeout: JOIN_MS });
  try {
    await whileLive(joinController(link, token, identity), patience);
  } catch (error) {
    ctx.throwIfCancelled();
    throw patience.cancelled ? loadError("LOAD_JOIN_REFUSED", { reason: "it does not answer" }) : error;
  }
  onJoined?.();
  await new WorkerSession(link, ctx).run();
}
