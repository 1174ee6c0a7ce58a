import { writeSync } from "node:fs";
import { createLogger } from "@barrage/server/light";
import type { Logger } from "@barrage/server/light";
import { humanLogLine } from "./log-lines.ts";
import { PatientLines } from "./patient-lines.ts";

export type LogForm = "json" | "human";

const STDERR = 2;
/** How long a process that ends waits for the reader of its last lines, ms, and between two looks. */
const LAST_WORDS_MS = 1_000;
const LOOK_MS = 10;

/**
 * The server's log. It goes to stderr, because stdout has the address that scripts read: JSON lines for a machine,
 * or warnings and errors as one short line each for a person. What nobody has caught, and so ends the process, is its
 * last line.
 *
 * Shape      one for a process.
 */
export function logTo(form: LogForm, level: string): Logger {
  const shown = (json: string): string => {
    if (form === "json") return json;
    const line = humanLogLine(json);
    return line === undefined ? "" : `${line}\n`;
  };
  const lines = new PatientLines((bytes) => writeSync(STDERR, bytes), {
    onLost: (count) => shown(lostLine(count)),
  });
  const log = createLogger({ level, stream: { write: (json: string) => lines.write(shown(json)) } });
  process.once("uncaughtExceptionMonitor", (err) => {
    lines.end();
    log.fatal({ err }, "nobody has caught this: the process ends");
  });
  process.once("exit", () => finish(lines));
  return log;
}

const lostLine = (count: number): string => {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: "warn", time, lines: count, msg: `${count} lines of this log were lost: nobody read them in time` })}\n`;
};

/** Nothing runs any more that could be held up. */
function finish(lines: PatientLines): void {
  const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let waited = 0; !lines.drain() && waited < LAST_WORDS_MS; waited += LOOK_MS) {
    Atomics.wait(pause, 0, 0, LOOK_MS);
  }
}
