import { writeSync } from "node:fs";
import { createLogger } from "@barrage/server/light";
import type { Logger } from "@barrage/server/light";
import type { Terminal } from "../terminal.ts";
import { humanLogLine } from "./log-lines.ts";

export type LogForm = "json" | "human";

const STDERR = 2;

/**
 * The server's log. It goes to stderr, because stdout has the address that scripts read: JSON lines for a machine,
 * or warnings and errors as one short line each for a person.
 */
export function logTo(terminal: Terminal, form: LogForm, level: string): Logger {
  const json = { write: (line: string) => void writeSync(STDERR, line) };
  const human = {
    write(line: string) {
      const shown = humanLogLine(line);
      if (shown !== undefined) terminal.err(shown);
    },
  };
  return createLogger({ level, stream: form === "json" ? json : human });
}
