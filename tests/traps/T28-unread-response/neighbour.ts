import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { nextTurn } from "@barrage/kernel";
import type { Measured } from "../trap.ts";

const CALLS = 5;
const SOCKETS = 2;
// Turns of the event loop within which an answer on this machine is there, many times over (a count).
const PATIENCE_TURNS = 10_000;

export type Call = (agent: Agent, port: number) => Promise<unknown>;

/** One response, whose body is the caller's business. */
export async function fetchFrom(agent: Agent, port: number): Promise<IncomingMessage> {
  const [response] = (await once(get({ agent, port, host: "127.0.0.1" }), "response")) as [IncomingMessage];
  return response;
}

/** Five calls, at once, to a neighbour, through an agent of two sockets. */
export async function withNeighbour(
  call: Call,
  agent = new Agent({ maxSockets: SOCKETS }),
): Promise<Measured> {
  const body = Buffer.alloc(262_144);
  const server = createServer((_, response) => response.end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  let answered = 0;
  for (let each = 0; each < CALLS; each++) {
    void call(agent, address.port).then(
      () => (answered += 1),
      () => undefined, // torn down at the end
    );
  }
  const isBusy = (): boolean => answered < CALLS || Object.keys(agent.sockets).length > 0;
  for (let turns = PATIENCE_TURNS; turns > 0 && isBusy(); turns--) await nextTurn();
  const got = answered;
  agent.destroy();
  server.closeAllConnections();
  server.close();
  return { what: "calls answered", meant: CALLS, got };
}
