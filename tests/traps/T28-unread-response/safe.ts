import type { Agent } from "node:http";
import type { Measured } from "../trap.ts";
import { fetchFrom, withNeighbour } from "./neighbour.ts";

/** A body that is not wanted is read to its end all the same, so that the socket comes back. */
async function isUp(agent: Agent, port: number): Promise<boolean> {
  const response = await fetchFrom(agent, port);
  response.resume();
  return response.statusCode === 200;
}

export const run = (agent?: Agent): Promise<Measured> => withNeighbour(isUp, agent);
