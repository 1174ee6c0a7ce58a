import { OverlayError } from "./errors.ts";
import { DANMAKU_MODES, type DanmakuMode } from "./item.ts";

/** What a viewer can set. Every change acts at once; nothing on the screen jumps because of it. */
export interface OverlaySettings {
  /** Off: the screen is cleared and every danmaku offered is dropped, counted as `disabled`. */
  readonly enabled: boolean;
  /** 0 (not seen) to 1. */
  readonly opacity: number;
  /** Factor on every size, 0.5 to 3. Danmaku already on the screen keep theirs. */
  readonly scale: number;
  /** Factor on the speed of motion, 0.25 to 4. Acts on danmaku on the screen as well. */
  readonly speed: number;
  /** Part of the height, from the top, used by moving and top danmaku: 0.1 to 1. */
  readonly area: number;
  /** Danmaku on the screen at once; null sets no limit. Own and paid ones pass it. */
  readonly density: number | null;
  readonly modes: Readonly<Record<DanmakuMode, boolean>>;
  /** True: nothing moves (see rule OV-20). "system" follows `prefers-reduced-motion`. */
  readonly reducedMotion: boolean | "system";
}

/** Settings as `update` takes them: those left out, also single modes, stay as they are. */
export type SettingsChange = Partial<Omit<OverlaySettings, "modes">> & {
  readonly modes?: Partial<OverlaySettings["modes"]>;
};

export const DEFAULT_SETTINGS: OverlaySettings = {
  enabled: true,
  opacity: 1,
  scale: 1,
  speed: 1,
  area: 1,
  density: null,
  modes: { scroll: true, reverse: true, top: true, bottom: true },
  reducedMotion: "system",
};

const RANGES = { opacity: [0, 1], scale: [0.5, 3], speed: [0.25, 4], area: [0.1, 1] } as const;

const REDUCED_MOTION: ReadonlySet<unknown> = new Set([true, false, "system"]);

/**
 * The settings after a change.
 *
 * Errors     `BARRAGE_OVERLAY_SETTING`; the settings given are never changed in place.
 */
export function changeSettings(current: OverlaySettings, change: SettingsChange): OverlaySettings {
  for (const name of Object.keys(change)) {
    if (!(name in DEFAULT_SETTINGS)) refuse(name, "a known setting", name);
  }
  const modes = { ...current.modes, ...given(change.modes ?? {}) };
  const next: OverlaySettings = { ...current, ...given(change), modes };
  for (const [name, [min, max]] of Object.entries(RANGES) as [
    keyof typeof RANGES,
    readonly [number, number],
  ][]) {
    if (!Number.isFinite(next[name]) || next[name] < min || next[name] > max)
      refuse(name, `from ${min} to ${max}`, next[name]);
  }
  if (typeof next.enabled !== "boolean") refuse("enabled", "true or false", next.enabled);
  if (!REDUCED_MOTION.has(next.reducedMotion)) {
    refuse("reducedMotion", 'true, false or "system"', next.reducedMotion);
  }
  if (next.density !== null && !(Number.isInteger(next.density) && next.density >= 0)) {
    refuse("density", "null or a whole number from 0", next.density);
  }
  for (const [mode, on] of Object.entries(modes)) {
    if (!DANMAKU_MODES.includes(mode as DanmakuMode)) refuse(`modes.${mode}`, "a known mode", mode);
    if (typeof on !== "boolean") refuse(`modes.${mode}`, "true or false", on);
  }
  return next;
}

/** The fields that have a value: a caller's `{ speed: undefined }` means "as it is". */
function given<T extends object>(change: T): Partial<T> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function refuse(name: string, rule: string, value: unknown): never {
  throw new OverlayError("BARRAGE_OVERLAY_SETTING", { name, rule, value });
}
