import type { Agent } from "node:http";
import type { Measured } from "../trap.ts";
import { fetchFrom, withNeighbour } from "./neighbour.ts";

/** Only the status is of interest; the body is left where it is. */
async function isUp(agent: Agent, port: number): Promise<boolean> {
  const { statusCode } = await fetchFrom(agent, port); // guilty
  return statusCode === 200;
}

export const run = (agent?: Agent): Promise<Measured> => withNeighbour(isUp, agent);
