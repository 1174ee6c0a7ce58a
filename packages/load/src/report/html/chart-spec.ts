/** One line of a chart. */
export interface ChartSeries {
  readonly name: string;
  /** Number of its colour in the page's style, from 1. */
  readonly color: number;
  /** One for each x; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Not drawn until the reader clicks on its name. */
  readonly isHidden?: boolean;
}

/** A chart as data for the script of the page. */
export interface ChartSpec {
  readonly title: string;
  /** What lies on the x axis: seconds of the run, 1 / (1 - share) for percentiles, or ms. */
  readonly kind: "seconds" | "percentile" | "latency";
  /** Of the y axis. */
  readonly unit: string;
  readonly xs: readonly number[];
  readonly series: readonly ChartSeries[];
}

/** Everything the script of the page draws from. */
export interface ChartData {
  readonly charts: readonly ChartSpec[];
  /** Seconds that are not counted, with why. */
  readonly invalid: readonly (readonly [second: number, why: string])[];
}
