import { isCancelled } from "@barrage/kernel";
import type { Clock } from "@barrage/kernel";

export type ItemState = "waits" | "starts" | "runs" | "stops" | "stopped" | "failed";

export interface Item {
  readonly name: string;
  readonly detail: string;
  readonly state: ItemState;
  /** Since when it is in its state, by the clock of the list. */
  readonly since: number;
  /** What its last start or stop took, ms. */
  readonly tookMs: number | undefined;
}

const MARKS: Readonly<Record<ItemState, string>> = {
  waits: "·",
  starts: "…",
  runs: "✓",
  stops: "…",
  stopped: "-",
  failed: "✗",
};
const NAME_COLUMNS = 11;
const TENTH_MS = 100;

const seconds = (ms: number): string => `${(Math.round(ms / TENTH_MS) / 10).toFixed(1)} s`;

/** What is started and stopped, in order, with how far each is. */
export class ProgressList {
  private readonly items: Item[];
  private readonly clock: Clock;
  private readonly onChange: (item: Item) => void;

  constructor(
    items: readonly Pick<Item, "name" | "detail">[],
    { clock, onChange }: { readonly clock: Clock; readonly onChange: (item: Item) => void },
  ) {
    this.clock = clock;
    this.onChange = onChange;
    const since = clock.now();
    this.items = items.map((item) => ({ ...item, state: "waits", since, tookMs: undefined }));
  }

  /** Does `work` as the item's step from one state to the next; a failure is the item's, and thrown on. */
  async step<T>(name: string, kind: "start" | "stop", work: () => Promise<T>): Promise<T> {
    this.set(name, kind === "start" ? "starts" : "stops");
    try {
      const result = await work();
      this.set(name, kind === "start" ? "runs" : "stopped");
      return result;
    } catch (error) {
      // Given up because all is: its end is the next step.
      if (!isCancelled(error)) this.set(name, "failed");
      throw error;
    }
  }

  lines(columns: number): readonly string[] {
    const now = this.clock.now();
    return this.items.map(({ name, detail, state, since, tookMs }) => {
      const isMoving = state === "starts" || state === "stops";
      const time = isMoving ? seconds(now - since) : tookMs === undefined ? "" : seconds(tookMs);
      return `${MARKS[state]} ${name.padEnd(NAME_COLUMNS)} ${detail}  ${time}`.slice(0, columns).trimEnd();
    });
  }

  private set(name: string, state: ItemState): void {
    const at = this.items.findIndex((item) => item.name === name);
    const old = this.items[at];
    if (old === undefined) throw new RangeError(`the list has no ${name}`);
    const now = this.clock.now();
    const wasMoving = old.state === "starts" || old.state === "stops";
    const item = { ...old, state, since: now, tookMs: wasMoving ? now - old.since : undefined };
    this.items[at] = item;
    this.onChange(item);
  }
}

const WORDS: Readonly<Record<ItemState, string>> = {
  waits: "waits",
  starts: "starting",
  runs: "ready",
  stops: "stopping",
  stopped: "stopped",
  failed: "failed",
};

/** A change as one line of a log. */
export const changeLine = ({ name, state, tookMs }: Item): string =>
  `${name}: ${WORDS[state]}${tookMs === undefined ? "" : ` (${seconds(tookMs)})`}`;
