import { chooseLane, type LaneChoice } from "./choose-lane.ts";
import { type Direction, MovingLanes } from "./moving-lanes.ts";
import { StandingRows } from "./standing-rows.ts";
import { StaticLanes } from "./static-lanes.ts";

/** How many lanes each group has. Moving danmaku of both directions share theirs. */
export interface LaneCounts {
  readonly moving: number;
  readonly top: number;
  readonly bottom: number;
  /** Height of the stage in lanes, with its fraction: bottom lanes count from there. */
  readonly rows: number;
}

/** A danmaku that crosses the stage. Widths in CSS px, speed in px per stage ms. */
export interface MovingRequest {
  readonly mode: Direction;
  readonly span: number;
  readonly width: number;
  readonly speed: number;
  readonly stageWidth: number;
  /** Free px wanted between it and the next one. */
  readonly gap: number;
}

/** A danmaku that stands still for `holdMs` of stage time. */
export interface StaticRequest {
  readonly mode: "top" | "bottom";
  readonly span: number;
  readonly holdMs: number;
  readonly width: number;
}

export type LaneRequest = MovingRequest | StaticRequest;

/** A danmaku that has its lanes already: what `occupy` replays after a change of the stage. */
export interface LaneTenant {
  readonly request: LaneRequest;
  readonly lane: number;
  readonly enterAt: number;
  /** Width of the stage when it entered. */
  readonly enterWidth: number;
}

/**
 * Gives each danmaku the lanes and the moment it can enter without ever touching another of those lanes.
 *
 * Shape      pure: no clock, no DOM, no randomness; the same calls give the same answers.
 * Units      stage ms and CSS px.
 * Bounds     memory is a few numbers a lane, whatever was placed before. Rules OV-1 to OV-7 and OV-28 of docs/spec/overlay.md.
 * Cost       `place` O(lanes); no allocation beyond the answer.
 * Errors     throws nothing; a danmaku that does not fit in time is answered null and changes nothing.
 */
export class LaneAllocator {
  readonly #moving = new MovingLanes();
  readonly #top = new StaticLanes();
  readonly #bottom = new StaticLanes();
  readonly #standing = new StandingRows();

  #rows = 0;

  constructor(counts: LaneCounts) {
    this.reset(counts);
  }

  /** Empties all lanes. Needed when their number or the stage's size changes; then replay by `occupy`. */
  reset(counts: LaneCounts): void {
    this.#moving.reset(counts.moving);
    this.#top.reset(counts.top);
    this.#bottom.reset(counts.bottom);
    this.#standing.reset(counts.moving);
    this.#rows = counts.rows;
  }

  /** Books lanes from `now` on, at the latest at `latest`; null when none comes free in time. */
  place(request: LaneRequest, now: number, latest: number): LaneChoice | null {
    const choice = isMoving(request)
      ? this.#chooseMoving(request, now, latest)
      : this.#chooseStatic(request, now, latest);
    if (choice !== null) {
      this.occupy({ request, lane: choice.lane, enterAt: choice.at, enterWidth: widthOf(request) });
    }
    return choice;
  }

  /** Books the lanes of a danmaku that is on the stage already. */
  occupy(tenant: LaneTenant): void {
    const { request, lane, enterAt, enterWidth } = tenant;
    if (!isMoving(request)) {
      const until = enterAt + request.holdMs;
      this.#lanesOf(request.mode).occupy(lane, request.span, until);
      for (const row of this.#rowsOf(request, lane)) this.#standing.stand(row, until, request.width);
      return;
    }
    const { width, speed, gap, stageWidth } = request;
    this.#moving.occupy(lane, request.span, request.mode, {
      // After a resize the entry edge is elsewhere (`stageWidth`) than where this one entered (`enterWidth`).
      insideAt: enterAt + (enterWidth - stageWidth + width + gap) / speed,
      exitAt: enterAt + (enterWidth + width) / speed,
    });
  }

  #chooseMoving(request: MovingRequest, now: number, latest: number): LaneChoice | null {
    const crossingMs = request.stageWidth / request.speed;
    // Reverse danmaku look from the other end, so that a stage with room to spare keeps the directions apart.
    const search = {
      count: this.#moving.count,
      span: request.span,
      now,
      latest,
      fromEnd: request.mode === "reverse",
    };
    const freeAt = (lane: number): number => this.#moving.freeAt(lane, request.mode, crossingMs);
    const clearAt = (lane: number): number =>
      Math.max(freeAt(lane), this.#standing.clearAt(lane, request.stageWidth, request.speed));
    return chooseLane({ ...search, latest: now }, clearAt) ?? chooseLane(search, freeAt);
  }

  #chooseStatic(request: StaticRequest, now: number, latest: number): LaneChoice | null {
    const lanes = this.#lanesOf(request.mode);
    const search = { count: lanes.count, span: request.span, now, latest };
    const freeAt = (lane: number): number => lanes.freeAt(lane);
    const one: StaticRequest = { ...request, span: 1 };
    const clearAt = (lane: number): number =>
      Math.max(freeAt(lane), ...this.#rowsOf(one, lane).map((row) => this.#moving.emptyAt(row)));
    return chooseLane({ ...search, latest: now }, clearAt) ?? chooseLane(search, freeAt);
  }

  /** The rows of moving lanes a still danmaku reaches into. A bottom one may lie across the border of two. */
  #rowsOf(request: StaticRequest, lane: number): readonly number[] {
    const { mode, span } = request;
    const first = mode === "top" ? lane : Math.max(0, Math.floor(this.#rows - lane - span));
    const end = mode === "top" ? lane + span : Math.ceil(this.#rows - lane);
    return Array.from({ length: end - first }, (_, index) => first + index);
  }

  #lanesOf(mode: StaticRequest["mode"]): StaticLanes {
    return mode === "top" ? this.#top : this.#bottom;
  }
}

export function isMoving(request: LaneRequest): request is MovingRequest {
  return request.mode === "scroll" || request.mode === "reverse";
}

function widthOf(request: LaneRequest): number {
  return isMoving(request) ? request.stageWidth : 0;
}
