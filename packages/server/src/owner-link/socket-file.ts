import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import type { Server } from "node:net";
import { dirname } from "node:path";
import { reasonOf, serverError } from "../errors.ts";

/** Bytes of a path that the kernel takes: `sun_path` is 108 with the zero at its end (unix(7)). */
export const SOCKET_PATH_MAX_BYTES = 107;
/** Only this user may connect, list the folder, or put another socket in its place. */
const OWN_FOLDER = 0o700;
const OWN_FILE = 0o600;
const OTHERS = 0o177;

/** Errors: SERVER_SOCKET_PATH_TOO_LONG. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_MAX_BYTES)
    throw serverError("SERVER_SOCKET_PATH_TOO_LONG", { path, bytes, limit: SOCKET_PATH_MAX_BYTES });
}

/**
 * Listens on a socket file that only this user may open. One that a dead process left is removed first.
 *
 * Errors     SERVER_SOCKET_PATH_TOO_LONG; SERVER_SOCKET_TAKEN when somebody answers there; SERVER_SOCKET_UNUSABLE, also
 *            for a file that is no socket: that stays.
 */
export async function listenOnSocketFile(server: Server, path: string): Promise<void> {
  checkSocketPath(path);
  try {
    await mkdir(dirname(path), { recursive: true, mode: OWN_FOLDER });
    await removeStale(path);
    await listenPrivately(server, path);
    await chmod(path, OWN_FILE);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "SERVER_SOCKET_TAKEN") throw error;
    throw serverError("SERVER_SOCKET_UNUSABLE", { path, reason: reasonOf(error) }, error);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error("a file that is no socket is there");
  if (await answers(path)) throw serverError("SERVER_SOCKET_TAKEN", { path });
  await unlink(path);
}

/** Is there a process behind the socket file? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The file is made within the call, so nobody else's file gets this mask.
    const before = process.umask(OTHERS);
    try {
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
