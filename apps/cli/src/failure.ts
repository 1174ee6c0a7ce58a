import { isCancelled } from "@barrage/kernel";
import { BarrageError } from "@barrage/protocol";
import type { ConfigInvalid } from "@barrage/server";
import type { Terminal } from "./terminal.ts";
import { oneLine } from "./terminal.ts";

/** Exit codes: 0 done, 1 failed, 2 asked wrongly, 130 stopped by the user. */
export const EXIT = { DONE: 0, FAILED: 1, USAGE: 2, STOPPED: 130 } as const;

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error && "syscall" in error;

/** An error of one of our own packages: it has a code and its sentence is for people. */
const isExpected = (error: unknown): error is Error =>
  BarrageError.is(error) || isSystemError(error) || (error instanceof Error && error.name === "CLIError");

/** Not `instanceof`: that would load the whole server for every command. */
const isConfigInvalid = (error: unknown): error is ConfigInvalid =>
  BarrageError.is(error) && error.code === "SERVER_CONFIG_INVALID" && "problems" in error;

export function exitCodeOf(error: unknown): number {
  if (BarrageError.is(error) && error.code === "CLI_USAGE") return EXIT.USAGE;
  if (isConfigInvalid(error) && error.problems.every(({ source }) => source === "flag")) return EXIT.USAGE;
  if (error instanceof Error && error.name === "CLIError") return EXIT.USAGE;
  return isCancelled(error) ? EXIT.STOPPED : EXIT.FAILED;
}

/** Says what went wrong: one line for what can be expected, the whole stack for a bug. */
export function reportFailure(terminal: Terminal, error: unknown): void {
  if (isCancelled(error)) terminal.err("barrage: stopped");
  else if (isConfigInvalid(error) && error.problems.length > 1) terminal.err(`barrage: ${error.message}`);
  else if (isExpected(error)) terminal.err(`barrage: ${oneLine(error.message)}`);
  else
    terminal.err(
      `barrage: unexpected failure\n${error instanceof Error ? (error.stack ?? "") : String(error)}`,
    );
}

/** The reason of a failed system call or request, without the path that the caller names anyway. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  // `fetch` hides the system's reason one or two causes down.
  if (error.cause !== undefined) return reasonOf(error.cause);
  if (!isSystemError(error)) return oneLine(error.message);
  return REASONS[error.code ?? ""] ?? oneLine(error.message);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is no folder",
  EEXIST: "it is a file, not a folder",
  ENOSPC: "the disk is full",
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the host name is unknown",
  ECONNRESET: "the connection was cut",
};
