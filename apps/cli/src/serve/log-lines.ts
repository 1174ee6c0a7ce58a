import { oneLine } from "../terminal.ts";

/** Lines below this are not shown to a person. */
const SHOWN = new Map([
  ["warn", "warning"],
  ["error", "error"],
  ["fatal", "error"],
]);

/** One line of the server's log, as JSON, in the form a person reads; undefined for a line below a warning. */
export function humanLogLine(json: string): string | undefined {
  const entry = parse(json);
  // Not ours (a library wrote it): shown as it is rather than lost.
  if (entry === undefined) return oneLine(json);
  const word = SHOWN.get(String(entry["level"]));
  if (word === undefined) return undefined;
  const text = typeof entry["msg"] === "string" ? entry["msg"] : "";
  const reason = messageOf(entry["err"]);
  return oneLine(
    `${word}: ${whose(entry)}${text}${reason === undefined || reason === text ? "" : `: ${reason}`}`,
  );
}

/** The process that a line is from, where there are several. */
function whose({ worker, role }: Readonly<Record<string, unknown>>): string {
  if (role === "owner") return "owner: ";
  return typeof worker === "string" ? `worker ${worker}: ` : "";
}

function parse(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(json);
    return typeof entry === "object" && entry !== null ? (entry as Record<string, unknown>) : undefined;
  } catch {
    // Told by the caller as it is.
    return undefined;
  }
}

function messageOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : undefined;
}
