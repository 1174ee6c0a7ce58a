import type { GatewayFigures } from "../gateway-source.ts";
import type { EngineSettings } from "../settings.ts";
import { FlushWindows } from "./flush-windows.ts";
import type { RoomLoad } from "./plan-windows.ts";

/** A gateway, the windows that suit it alone, and what its rooms published since it was last looked at. */
interface Attached {
  readonly figures: GatewayFigures;
  readonly windows: FlushWindows;
  readonly counts: Map<string, number>;
  seenAt: number;
}

/**
 * The gateways that rooms are published to: how many viewers they have together, and the flush windows that suit all.
 *
 * Each gateway's windows are planned from its own load with its own viewers; a room's window is the longest of them,
 * so the busiest process decides.
 */
export class Gateways {
  private readonly attached = new Set<Attached>();
  private readonly settings: EngineSettings["flush"];

  constructor(settings: EngineSettings["flush"]) {
    this.settings = settings;
  }

  /** Counts it in until disposed. */
  attach(figures: GatewayFigures): Disposable {
    const windows = new FlushWindows(this.settings, figures.meter);
    const one: Attached = { figures, windows, counts: new Map(), seenAt: figures.meter.now() };
    this.attached.add(one);
    return {
      [Symbol.dispose]: () => {
        this.attached.delete(one);
      },
    };
  }

  viewersOf(room: string): number {
    let sum = 0;
    for (const { figures } of this.attached) sum += figures.viewersOf(room);
    return sum;
  }

  /** Whole ms. */
  windowMs(room: string): number {
    let longest = this.settings.minMs;
    for (const { windows } of this.attached) longest = Math.max(longest, windows.of(room));
    return longest;
  }

  /** The longest window in force, ms. */
  get longestMs(): number {
    let longest = this.settings.minMs;
    for (const { windows } of this.attached) longest = Math.max(longest, windows.longest);
    return longest;
  }

  /** `counts`: records per room since the last call. */
  revise(counts: ReadonlyMap<string, number>): void {
    for (const one of this.attached) {
      for (const [room, records] of counts) one.counts.set(room, (one.counts.get(room) ?? 0) + records);
      const now = one.figures.meter.now();
      // Another process that has not reported since: its rooms' records wait for the span that they belong to.
      if (now === one.seenAt) continue;
      one.seenAt = now;
      one.windows.revise(loadsOf(one), one.figures.work);
      one.counts.clear();
    }
  }
}

function loadsOf({ figures, counts }: Attached): readonly RoomLoad[] {
  const loads: RoomLoad[] = [];
  for (const [room, records] of counts) {
    const viewers = figures.writesOf?.(room) ?? figures.viewersOf(room);
    if (viewers > 0) loads.push({ room, records, viewers });
  }
  return loads;
}
