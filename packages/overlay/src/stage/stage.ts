import { type DanmakuMode, type OverlayItem, PRIORITY, readLabel } from "../item.ts";
import { isMoving, LaneAllocator } from "../lanes/lane-allocator.ts";
import { type DropReason, Ledger, type StageCounts } from "../ledger.ts";
import type { OverlaySettings } from "../settings.ts";
import { type Casting, cast, shownMode, type TextMeasure, TRAVEL_MS } from "./casting.ts";
import { laneGrid, lanesOf, type StageSize } from "./lane-grid.ts";
import { type Placed, tenancy } from "./placed.ts";
import { recounted } from "./recount.ts";
import { StageClock } from "./stage-clock.ts";
import { isUrgent, type Waiting, WaitingQueue } from "./waiting.ts";

/** Real ms an ordinary danmaku may wait for a lane; later it would answer something no longer on the video. */
export const PENDING_MS = 4_000;

/** Real ms for own and paid ones: two crossings of the stage, so that a lane comes free in any case. */
export const URGENT_PENDING_MS = 16_000;

/** Stage ms an ordinary danmaku books a lane ahead; longer would take lanes from urgent ones still to come. */
const BOOK_AHEAD_MS = 500;

export interface StageOptions {
  readonly settings: OverlaySettings;
  readonly measure: TextMeasure;
  /** Danmaku that may wait for a lane. */
  readonly pendingLimit: number;
  /** The outer clock's moment of birth, ms. */
  readonly now: number;
}

/**
 * All danmaku on the screen and those waiting for it, as pure state: no DOM, no timer, no clock of its own.
 *
 * Shape      `offer` queues; `advance` lets leave, expire and enter. `now` is any clock in ms.
 * Bounds     memory is bounded by lanes, `pendingLimit` and nothing else: rule OV-14.
 * Cost       `advance` O(on screen + waiting x lanes).
 * Errors     throws nothing; every refusal is counted by reason.
 */
export class Stage<T extends OverlayItem> {
  readonly #clock: StageClock;
  readonly #measure: TextMeasure;
  readonly #queue: WaitingQueue<T>;
  readonly #ledger = new Ledger();
  readonly #lanes = new LaneAllocator({ moving: 0, top: 0, bottom: 0, rows: 0 });
  readonly #ids = new Set<string>();
  #settings: OverlaySettings;
  #casting: Casting;
  #onStage: Placed<T>[] = [];
  #frameLimit: number | null = null;
  #isClosed = false;

  constructor(options: StageOptions) {
    this.#clock = new StageClock(options.now);
    this.#measure = options.measure;
    this.#queue = new WaitingQueue(options.pendingLimit);
    this.#settings = options.settings;
    this.#clock.setRate(options.settings.speed, options.now);
    this.#casting = this.#newCasting({ width: 0, height: 0 });
  }

  /** Those with a lane, in the order they are painted. Some may not have entered yet. */
  get onStage(): readonly Placed<T>[] {
    return this.#onStage;
  }

  get size(): StageSize {
    return this.#casting.grid.size;
  }

  /** False when time alone will change nothing: frames can stop. */
  get isActive(): boolean {
    if (this.#clock.isPaused) return false;
    return this.#onStage.length > 0 || (this.#queue.size > 0 && this.#casting.grid.counts.moving > 0);
  }

  get counts(): StageCounts {
    const booked = this.#onStage.reduce((sum, placed) => sum + (placed.entered ? 0 : 1), 0);
    return this.#ledger.snapshot(this.#queue.size + booked, this.#ids.size);
  }

  /** Queues one danmaku; false when it was refused (counted). */
  offer(item: T, priority: number, now: number): boolean {
    this.#ledger.offer();
    const label = readLabel(item);
    const reason = this.#refusal(item, label);
    if (label === undefined || reason !== undefined) return this.#drop(reason ?? "invalid");
    const t = this.#clock.at(now);
    if (this.#queue.isFull) this.#expire(t);
    const level = Math.max(
      Number.isFinite(priority) ? priority : 0,
      item.own === true ? PRIORITY.own : PRIORITY.low,
    );
    const urgent = level >= PRIORITY.paid;
    const expiresAt = t + (urgent ? URGENT_PENDING_MS : PENDING_MS) * this.#clock.rate;
    const waiting: Waiting<T> = { item, label, priority: level, expiresAt, heldBy: "late" };
    this.#ids.add(item.id);
    const evicted = this.#queue.offer(waiting);
    if (evicted !== undefined) this.#forget(evicted.item, "full");
    return evicted !== waiting;
  }

  /** Brings the stage to `now`; answers its stage time. */
  advance(now: number): number {
    const t = this.#clock.at(now);
    this.#leave(t);
    this.#expire(t);
    if (!this.#clock.isPaused) this.#fill(t);
    return t;
  }

  setPaused(paused: boolean, now: number): void {
    this.#clock.setPaused(paused, now);
  }

  /** The frame budget's limit on the number on the screen; null for none. */
  setFrameLimit(limit: number | null): void {
    this.#frameLimit = limit;
  }

  resize(size: StageSize, now: number): void {
    this.#casting = this.#newCasting(size);
    this.#relayout(now);
  }

  update(settings: OverlaySettings, now: number): void {
    this.#settings = settings;
    this.#clock.setRate(settings.speed, now);
    this.#casting = this.#newCasting(this.size);
    const refused = (item: T): boolean => !settings.enabled || !settings.modes[item.mode];
    for (const waiting of this.#queue.take((waiting) => refused(waiting.item))) {
      this.#forget(waiting.item, settings.enabled ? "mode" : "disabled");
    }
    const unfit = (placed: Placed<T>): boolean => shownMode(placed.mode, this.#casting.still) !== placed.mode;
    this.#lift((placed) => refused(placed.item) || unfit(placed), settings.enabled ? "mode" : "disabled");
    this.#relayout(now);
  }

  /** Gives a danmaku on the screen, or waiting for it, another count; false when there is none of this id. */
  recount(id: string, count: number): boolean {
    if (!this.#ids.has(id)) return false;
    const isWaiting = this.#queue.change(id, (waiting) => {
      const item: T = { ...waiting.item, count };
      return { ...waiting, item, label: readLabel(item) ?? waiting.label };
    });
    if (isWaiting) return true;
    const index = this.#onStage.findIndex(({ item }) => item.id === id);
    const placed = this.#onStage[index];
    if (placed === undefined) return false;
    this.#onStage[index] = recounted(placed, count, this.#casting);
    return true;
  }

  /** Takes back all that `wanted` says yes to, on the screen and waiting; answers how many. */
  removeBy(
    wanted: (item: T) => boolean,
    reason: Extract<DropReason, "removed" | "cleared">,
    now: number,
  ): number {
    // The caller's predicate may throw or call back: it is asked about all before anything changes.
    const all = [...this.#queue.items(), ...this.#onStage.map(({ item }) => item)];
    const doomed = new Set(all.filter((item) => wanted(item)));
    if (doomed.size === 0) return 0;
    for (const waiting of this.#queue.take(({ item }) => doomed.has(item)))
      this.#forget(waiting.item, reason);
    this.#lift(({ item }) => doomed.has(item), reason);
    this.#relayout(now);
    return doomed.size;
  }

  /** Ends it: everything is cleared, and whatever is offered from now on is refused. */
  close(now: number): void {
    this.removeBy(() => true, "cleared", now);
    this.#isClosed = true;
  }

  #refusal(item: T, label: string | undefined): DropReason | undefined {
    if (this.#isClosed) return "closed";
    if (label === undefined) return "invalid";
    if (!this.#settings.enabled) return "disabled";
    if (!this.#settings.modes[item.mode]) return "mode";
    return this.#ids.has(item.id) ? "duplicate" : undefined;
  }

  #drop(reason: DropReason): false {
    this.#ledger.drop(reason);
    return false;
  }

  /** Drops one whose id is held. */
  #forget(item: T, reason: DropReason): void {
    this.#ids.delete(item.id);
    this.#ledger.drop(reason);
  }

  #leave(t: number): void {
    let kept = 0;
    for (const placed of this.#onStage) {
      if (placed.leaveAt <= t) {
        // A page hidden for a while: it came and went with no frame in between, so nobody saw it.
        if (placed.entered) this.#ids.delete(placed.item.id);
        else this.#forget(placed.item, "late");
        continue;
      }
      if (!placed.entered && placed.enterAt <= t) this.#enter(placed);
      this.#onStage[kept] = placed;
      kept += 1;
    }
    this.#onStage.length = kept;
  }

  #enter(placed: Placed<T>): void {
    placed.entered = true;
    this.#ledger.show();
  }

  #expire(t: number): void {
    const isOver = (waiting: Waiting<T>): boolean => waiting.expiresAt <= t;
    // Nearly always nobody is over: asking first saves building the queue anew in every frame.
    if (!this.#queue.some(isOver)) return;
    for (const waiting of this.#queue.take(isOver)) this.#forget(waiting.item, waiting.heldBy);
  }

  #fill(t: number): void {
    if (this.#queue.size === 0) return;
    const room = Math.min(this.#settings.density ?? Infinity, this.#frameLimit ?? Infinity);
    this.#queue.take((waiting) => {
      const isDense = this.#onStage.length >= room && !isUrgent(waiting);
      waiting.heldBy = isDense ? "dense" : "late";
      return !isDense && this.#tryPlace(waiting, t);
    });
  }

  #tryPlace(waiting: Waiting<T>, t: number): boolean {
    const { item } = waiting;
    if (lanesOf(this.#casting.grid, shownMode(item.mode, this.#casting.still)) === 0) return false;
    const { mode, look, request, fadeMs } = cast(waiting, this.#casting);
    const choice = this.#lanes.place(request, t, latestEntry(waiting, mode, t));
    if (choice === null) return false;
    const enterWidth = this.size.width;
    const stayMs = isMoving(request) ? (enterWidth + look.width) / request.speed : request.holdMs;
    const enterAt = choice.at;
    const offset = choice.lane * this.#casting.grid.laneHeight;
    const times = { enterAt, leaveAt: enterAt + stayMs, fadeMs, entered: false };
    const placed: Placed<T> = { item, look, mode, request, offset, enterWidth, ...times };
    this.#onStage.push(placed);
    if (enterAt <= t) this.#enter(placed);
    return true;
  }

  /** Takes off the stage all that `wanted` says yes to; those not entered yet count as dropped. */
  #lift(wanted: (placed: Placed<T>) => boolean, reason: DropReason): void {
    this.#onStage = this.#onStage.filter((placed) => {
      if (!wanted(placed)) return true;
      if (placed.entered) this.#ids.delete(placed.item.id);
      else this.#forget(placed.item, reason);
      return false;
    });
  }

  /** Gives the lanes of the present grid to those on the stage; those outside of it leave. */
  #relayout(now: number): void {
    this.#leave(this.#clock.at(now));
    const { grid } = this.#casting;
    const reach = (placed: Placed<T>): number => lanesOf(grid, placed.mode) * grid.laneHeight;
    this.#lift((placed) => placed.offset + placed.look.height > reach(placed), "late");
    this.#lanes.reset(grid.counts);
    for (const placed of this.#onStage) this.#lanes.occupy(tenancy(placed, grid.laneHeight, grid.size.width));
  }

  #newCasting(size: StageSize): Casting {
    const { scale, area, speed, reducedMotion } = this.#settings;
    const grid = laneGrid(size, scale, area);
    return { grid, scale, rate: speed, still: reducedMotion === true, measure: this.#measure };
  }
}

/** The last moment for which a danmaku may book its lanes. */
function latestEntry(waiting: Waiting, mode: DanmakuMode, t: number): number {
  if (isUrgent(waiting)) return waiting.expiresAt;
  // In a full room no lane runs empty by itself; one that a reverse danmaku has booked does.
  return mode === "reverse" ? t + TRAVEL_MS : t + BOOK_AHEAD_MS;
}
