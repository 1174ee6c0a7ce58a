const REDRAW_MS = 250;
const PLAIN_LINE_MS = 10_000; // in a log, a sign of life every ten seconds is enough

/** One step's progress on stderr: a moving line on a terminal, plain lines anywhere else. */
export function startStep(label) {
  const startedAt = Date.now();
  const isTerminal = process.stderr.isTTY;
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
  const draw = () =>
    process.stderr.write(isTerminal ? `\r\u001B[K${label} ... ${seconds()}` : `${label} ... ${seconds()}\n`);
  process.stderr.write(isTerminal ? `${label} ...` : `${label} ...\n`);
  const timer = setInterval(draw, isTerminal ? REDRAW_MS : PLAIN_LINE_MS);
  const end = (text) => {
    clearInterval(timer);
    process.stderr.write(`${isTerminal ? "\r\u001B[K" : ""}${text}\n`);
  };
  return {
    done: (result = "done") => end(`${label}: ${result} (${seconds()})`),
    failed: () => end(`${label}: failed (${seconds()})`),
  };
}
