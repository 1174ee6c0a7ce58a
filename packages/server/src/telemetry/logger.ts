import { destination, pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import { redact } from "./redact.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  readonly level: string;
  /** Where lines go; absent: standard output. */
  readonly stream?: DestinationStream;
}

/** JSON lines without tokens in them. */
export function createLogger({ level, stream }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // The last thing before a line is written, so that nothing can get around it.
      hooks: { streamWrite: redact },
    },
    stream ?? destination({ fd: 1, sync: true }),
  );
}
