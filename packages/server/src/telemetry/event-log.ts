import type { EngineEvent } from "@barrage/engine";
import type { Clock } from "@barrage/kernel";
import type { Logger } from "./logger.ts";
import { LineBudget } from "./line-budget.ts";

/** Events that each room of thousands can cause at once, or one room hundreds of times a second, and their lines. */
const FAULTS = {
  feed_gap: { level: "warn", text: "a batch was missing on the feed and is read from the window" },
  room_queue_full: {
    level: "warn",
    text: "batches come faster than the room's viewers are handed them; the window is read instead",
  },
  publish_failed: { level: "error", text: "a batch cannot be published and is tried again" },
  log_failed: { level: "error", text: "the log cannot be read and is tried again" },
  archive_failed: { level: "error", text: "the archive cannot be written or read" },
} as const;

type Fault = Extract<EngineEvent, { readonly type: keyof typeof FAULTS }>;

/**
 * The engine's events as log lines. What comes with every batch is a metric, not a line.
 *
 * Bounds     of each kind of fault those of `LineBudget` (OP-45); the metrics count every one.
 */
export class EventLog {
  private readonly log: Logger;
  private readonly clock: Pick<Clock, "now">;
  private readonly budgets = new Map<Fault["type"], LineBudget>();

  constructor(log: Logger, clock: Pick<Clock, "now">) {
    this.log = log;
    this.clock = clock;
  }

  tell(event: EngineEvent): void {
    switch (event.type) {
      case "batch_delivered":
      case "verdict":
        return;
      case "connection_opened":
      case "connection_closed":
        this.log.debug(event, event.type);
        return;
      case "room_changed":
        this.log.info({ room: event.room, event: event.event }, "room changed");
        return;
      case "feed_gap":
      case "room_queue_full":
      case "publish_failed":
      case "log_failed":
      case "archive_failed":
        this.tellFault(event);
        return;
    }
  }

  private tellFault(event: Fault): void {
    const leftOut = this.budgetOf(event.type).take();
    if (leftOut === undefined) return;
    const { level, text } = FAULTS[event.type];
    this.log[level]({ ...fieldsOf(event), ...(leftOut === 0 ? {} : { left_out: leftOut }) }, text);
  }

  private budgetOf(type: Fault["type"]): LineBudget {
    let budget = this.budgets.get(type);
    if (budget === undefined) {
      budget = new LineBudget(this.clock);
      this.budgets.set(type, budget);
    }
    return budget;
  }
}

/** An error under the name that the logger knows. */
function fieldsOf(event: Fault): object {
  if (!("error" in event)) return event;
  const { error: err, ...fields } = event;
  return { ...fields, err };
}
