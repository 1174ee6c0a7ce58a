import { Agent, type AgentOptions, type ClientRequest } from "node:http";
import type { Detect } from "../trap.ts";
import { callerLine, fileOf } from "../tools/program.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

const programs = { reproduction, safe };

interface Lent {
  readonly line: number;
  answered: boolean;
  ended: boolean;
}

/** An agent with gauges: who has a socket whose response has come and is not read to its end. */
class GaugedAgent extends Agent {
  readonly lent: Lent[] = [];
  readonly #file: string;

  constructor(file: string, options: AgentOptions) {
    super(options);
    this.#file = file;
  }

  // Not in the types, though Node documents that requests call it.
  addRequest(request: ClientRequest, options: object): void {
    const lent: Lent = { line: callerLine(this.#file), answered: false, ended: false };
    this.lent.push(lent);
    request.once("response", (response) => {
      lent.answered = true;
      response.once("end", () => (lent.ended = true));
    });
    const base = Agent.prototype as unknown as { addRequest(request: ClientRequest, options: object): void };
    base.addRequest.call(this, request, options);
  }
}

export const detect: Detect = async (subject) => {
  const agent = new GaugedAgent(fileOf(import.meta.url, subject), { maxSockets: 2 });
  await programs[subject](agent);
  const held = agent.lent.filter(({ answered, ended }) => answered && !ended);
  const waiting = agent.lent.filter(({ answered }) => !answered).length;
  return [...new Set(held.map(({ line }) => line))].map((line) => ({
    tool: "pool gauges",
    guilty: `${held.length} sockets held by unread bodies, ${waiting} calls wait`,
    line,
  }));
};
