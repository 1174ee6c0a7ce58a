import { once } from "node:events";
import { connect } from "node:net";
import type { NetConnectOpts } from "node:net";

const ANSWER_MS = 1_000;
/** Protocol 3.0, who is asking and for which database. */
const startup = (user: string): Buffer => {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0postgres\0\0`, "latin1");
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
};

/**
 * Does the server take connections? The first byte of its answer to a start-up message says so: R is "who are you", or
 * "who you are is settled"; E comes while it still starts.
 */
export async function takesConnections(address: NetConnectOpts, user: string): Promise<boolean> {
  const socket = connect(address);
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new Error("no answer")));
  try {
    await once(socket, "connect");
    socket.write(startup(user));
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString("latin1", 0, 1) === "R";
  } catch {
    // Refused, reset or silent: not ready yet.
    return false;
  } finally {
    socket.destroy();
  }
}
