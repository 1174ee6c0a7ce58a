import { ms, sparkline } from "@barrage/load";
import type { RunProgress } from "./progress.ts";

const BAR_CELLS_MAX = 40;
const LABEL_COLUMNS = 5;
const FIGURE_COLUMNS = 10;
/** A row of blocks shorter than this says nothing. */
const SPARK_MIN = 8;

const PHASES = {
  connecting: "connecting",
  sending: "sending",
  draining: "waiting for the last",
  done: "done",
};

const seconds = (count: number): string => {
  const pad = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(count / 3_600), Math.floor((count % 3_600) / 60)];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(count % 60)}` : `${minutes}:${pad(count % 60)}`;
};

/** Puts cells into as few lines as the columns allow; a cell is never broken. */
function wrapped(cells: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const cell of cells) {
    const longer = line === "" ? cell : `${line}   ${cell}`;
    if (longer.length > columns && line !== "") {
      lines.push(line);
      line = cell;
    } else line = longer;
  }
  return line === "" ? lines : [...lines, line];
}

function bar({ seconds: done, totalSeconds, phase }: RunProgress, columns: number): string {
  const share = phase === "draining" || phase === "done" ? 1 : Math.min(1, done / totalSeconds);
  const text = `${String(Math.floor(share * 100)).padStart(3)} %  ${seconds(Math.min(done, Math.ceil(totalSeconds)))} of ${seconds(Math.ceil(totalSeconds))}`;
  const cells = Math.min(BAR_CELLS_MAX, columns - text.length - 1);
  if (cells < SPARK_MIN) return text;
  const full = Math.round(share * cells);
  return `${"█".repeat(full)}${"░".repeat(cells - full)} ${text}`;
}

function trend(label: string, figure: string, values: readonly number[], columns: number): string {
  const head = `${label.padEnd(LABEL_COLUMNS)}${figure.padStart(FIGURE_COLUMNS)}`;
  const room = columns - head.length - 2;
  return room < SPARK_MIN ? head : `${head}  ${sparkline(values.slice(-room))}`;
}

/** What a screen shows of a run, as lines of at most so many columns. */
export function frame(progress: RunProgress, columns: number): readonly string[] {
  const { connections, viewers, sent, acked, delivered, lost, errors, invalidSeconds, last } = progress;
  const isNow = progress.phase === "sending" && last !== undefined && last.invalid.length > 0;
  const why = isNow ? ` (now: ${last.invalid.join(", ")})` : "";
  const lines = [
    ...wrapped([progress.scenario, progress.target, PHASES[progress.phase]], columns),
    bar(progress, columns),
    trend("rate", `${progress.rate}/s`, progress.rates, columns),
    trend("p99", `${ms(progress.p99)} ms`, progress.p99s, columns),
    ...wrapped(
      [
        `connections ${connections} of ${viewers}`,
        `sent ${sent}`,
        `acked ${acked}`,
        `delivered ${delivered}`,
        `lost ${lost ?? "(known at the end)"}`,
        `errors ${errors}`,
        `invalid seconds ${invalidSeconds}${why}`,
      ],
      columns,
    ),
  ];
  return lines.map((line) => line.slice(0, columns));
}

/** The newest second as one line for a log. */
export function plainLine({ seconds: at, connections, errors, last }: RunProgress): string {
  if (last === undefined) return `connecting: ${connections} connections`;
  const { published, acked, delivered, p50, p99, invalid } = last;
  return (
    `${at} s: ${connections} connections, ${published}/s sent, ${acked}/s acked, ${delivered}/s delivered, ` +
    `p50 ${delivered > 0 ? ms(p50) : "-"} ms, p99 ${delivered > 0 ? ms(p99) : "-"} ms, errors ${errors}${invalid.length > 0 ? `, invalid: ${invalid.join(", ")}` : ""}`
  );
}
