import {
  DEFAULT_SETTINGS,
  type OverlayItem,
  type OverlaySettings,
  Stage,
  type StageCounts,
  type StageSize,
} from "@barrage/overlay";

/** Ten px a character at any size: widths in tests can be read off the text. */
export const measure = (label: string): number => label.length * 10;

/** A text whose box is exactly `width` px wide at size 25 (padding 7 on each side). */
export const textOf = (width: number): string => "x".repeat((width - 14) / 10);

let nextId = 0;

export const item = (fields: Partial<OverlayItem> = {}): OverlayItem => {
  nextId += 1;
  return { id: `i${nextId}`, text: textOf(114), mode: "scroll", color: 0xffffff, size: 25, ...fields };
};

export interface StageWorld {
  readonly settings?: Partial<OverlaySettings>;
  readonly pendingLimit?: number;
  /** Lanes are 32 px high at scale 1. */
  readonly size?: StageSize;
}

/** A stage at time 0, by default 1000 px wide with four lanes. */
export function stageOf(world: StageWorld = {}): Stage<OverlayItem> {
  const settings = { ...DEFAULT_SETTINGS, reducedMotion: false, ...world.settings };
  const stage = new Stage<OverlayItem>({
    settings,
    measure,
    pendingLimit: world.pendingLimit ?? 100,
    now: 0,
  });
  stage.resize(world.size ?? { width: 1_000, height: 128 }, 0);
  return stage;
}

export function settingsOf(fields: Partial<OverlaySettings>): OverlaySettings {
  return { ...DEFAULT_SETTINGS, reducedMotion: false, ...fields };
}

export function totalDropped(counts: StageCounts): number {
  return Object.values(counts.dropped).reduce((sum, count) => sum + count, 0);
}
