/** What the server's own metrics said in a second. A figure is absent where the server does not say it. */
export interface ServerSecond {
  /** Whole seconds since the start of the sends, as in the timeline. */
  readonly second: number;
  /** Cores in use, all processes of the server together: 1 = a whole one. */
  readonly cpu?: number;
  readonly residentBytes?: number;
  readonly heapUsedBytes?: number;
  readonly loopDelayP99Ms?: number;
  /** Connections by the server's own count. */
  readonly connections?: number;
  /** Whatever else was asked for, by the metric's name. */
  readonly metrics?: Readonly<Record<string, number>>;
}
