/** One line of a metrics page. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metrics page: its samples in order, and the type of each metric that says one. */
export interface MetricsPage {
  readonly samples: readonly MetricSample[];
  readonly types: ReadonlyMap<string, string>;
}

const TYPE = /^#\s*TYPE\s+([a-zA-Z_:][\w:]*)\s+(\w+)/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /\s*([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"\s*,?/g;
const VALUES: Readonly<Record<string, number>> = { "+Inf": Infinity, "-Inf": -Infinity, NaN: Number.NaN };

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));

/** Reads the Prometheus text format (and OpenMetrics as far as it is the same). A line that is neither is passed over. */
export function parseMetrics(text: string): MetricsPage {
  const samples: MetricSample[] = [];
  const types = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, typed, type] = TYPE.exec(line) ?? [];
    if (typed !== undefined && type !== undefined) types.set(typed, type);
    if (line.startsWith("#")) continue;
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const number = VALUES[value] ?? Number(value);
    if (Number.isNaN(number)) continue;
    const entries = [...labels.matchAll(LABEL)].map(
      ([, key = "", text = ""]) => [key, unescaped(text)] as const,
    );
    samples.push({ name, labels: Object.fromEntries(entries), value: number });
  }
  return { samples, types };
}
