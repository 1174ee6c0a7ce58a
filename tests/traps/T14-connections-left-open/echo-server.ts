import { once } from "node:events";
import { createServer } from "node:net";
import { nextTurn } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const CALLS = 20;
// Turns a closed socket may take to be gone (a count).
const GRACE_TURNS = 1_000;

/** Calls a server of this process twenty times and counts the connections it is left with. */
export async function withEchoServer(call: (port: number) => Promise<unknown>): Promise<Measured> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy()); // whoever hangs up hard is gone, which is all we count
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  for (let done = 0; done < CALLS; done++) await call(address.port);
  const count = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, connections) => resolve(connections)));
  let left = await count();
  for (let turns = GRACE_TURNS; turns > 0 && left > 0; turns--) {
    await nextTurn();
    left = await count();
  }
  server.close();
  return { what: "connections after the calls", meant: 0, got: left };
}
