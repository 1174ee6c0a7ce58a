/** A failure whose message is the one line that the user gets to read. */
export class BootstrapError extends Error {
  constructor(message, exitCode = 1, options) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED)\b/;
const UNWRITABLE = /\b(EACCES|EPERM|EROFS|ENOSPC)\b/;

/** What npm printed, as one line that says what to do. */
export function explainNpm(what, output) {
  const unreachable = UNREACHABLE.exec(output)?.[1];
  if (unreachable !== undefined) {
    return `${what} could not be fetched: the npm registry cannot be reached (${unreachable}). Connect to the network and run the same command again.`;
  }
  const unwritable = UNWRITABLE.exec(output)?.[1];
  if (unwritable !== undefined)
    return `${what} could not be stored: this folder cannot be written to (${unwritable}).`;
  const lines = output.split("\n").map((line) => line.replace(/^npm (error|ERR!) ?/i, "").trim());
  const first = lines.find((line) => line !== "" && !/^(code|npm warn)\b/i.test(line));
  return `${what} could not be fetched: ${first ?? "npm failed without a word"}.`;
}

/** A file-system failure while preparing, as one line. */
export function explainFileError(root, error) {
  const code = error?.code;
  if (typeof code !== "string" || !UNWRITABLE.test(code)) return undefined;
  return `the first run installs into ${root}, which cannot be written to (${code}).`;
}
