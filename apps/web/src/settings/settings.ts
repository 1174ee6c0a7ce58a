import type { SettingsChange } from "@barrage/overlay";

export const DENSITIES = ["few", "normal", "all"] as const;
export type Density = (typeof DENSITIES)[number];

export interface BlockedUser {
  readonly uid: string;
  readonly name: string;
}

/** What a viewer has set for themselves; kept in the browser. */
export interface Settings {
  readonly enabled: boolean;
  readonly opacity: number;
  /** Factor on every size. */
  readonly size: number;
  readonly speed: number;
  /** Part of the film's height. */
  readonly area: number;
  readonly density: Density;
  /** Off: all danmaku over the film are white. */
  readonly colourful: boolean;
  readonly blockedWords: readonly string[];
  readonly blockedUsers: readonly BlockedUser[];
}

export const DEFAULTS: Settings = {
  enabled: true,
  opacity: 0.9,
  size: 1,
  speed: 1,
  area: 0.75,
  density: "normal",
  colourful: true,
  blockedWords: [],
  blockedUsers: [],
};

export const RANGES = {
  opacity: { min: 0.1, max: 1, step: 0.05 },
  size: { min: 0.5, max: 2, step: 0.1 },
  speed: { min: 0.5, max: 2, step: 0.1 },
  area: { min: 0.25, max: 1, step: 0.25 },
} as const;
export type RangeName = keyof typeof RANGES;

/** Blocked words and users kept (a count); a longer list slows every danmaku down. */
export const BLOCKED_MAX = 200;
const WORD_MAX_UNITS = 100;

type Unchecked = Readonly<Record<string, unknown>>;

const inRange = (name: RangeName, value: unknown): number => {
  const { min, max } = RANGES[name];
  return typeof value === "number" && Number.isFinite(value)
    ? Math.min(max, Math.max(min, value))
    : DEFAULTS[name];
};

const flag = (value: unknown, otherwise: boolean): boolean =>
  typeof value === "boolean" ? value : otherwise;

const isUser = (value: unknown): value is BlockedUser =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Unchecked)["uid"] === "string" &&
  typeof (value as Unchecked)["name"] === "string";

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Settings from what was kept: what is missing or broken becomes the default, so an old or edited entry cannot hurt. */
export function parseSettings(text: string | null): Settings {
  let kept: Unchecked = {};
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    if (typeof value === "object" && value !== null) kept = value as Unchecked;
  } catch {
    // Not ours, or cut off: start from the defaults.
  }
  const words = list(kept["blockedWords"]).filter((word) => typeof word === "string");
  const density = DENSITIES.find((name) => name === kept["density"]) ?? DEFAULTS.density;
  return {
    enabled: flag(kept["enabled"], DEFAULTS.enabled),
    opacity: inRange("opacity", kept["opacity"]),
    size: inRange("size", kept["size"]),
    speed: inRange("speed", kept["speed"]),
    area: inRange("area", kept["area"]),
    density,
    colourful: flag(kept["colourful"], DEFAULTS.colourful),
    blockedWords: words.slice(0, BLOCKED_MAX),
    blockedUsers: list(kept["blockedUsers"]).filter(isUser).slice(0, BLOCKED_MAX),
  };
}

export function blockWord(settings: Settings, text: string): Settings {
  const word = text.trim().slice(0, WORD_MAX_UNITS);
  if (word === "" || settings.blockedWords.includes(word)) return settings;
  return { ...settings, blockedWords: [...settings.blockedWords, word].slice(-BLOCKED_MAX) };
}

export function blockUser(settings: Settings, user: BlockedUser): Settings {
  if (settings.blockedUsers.some(({ uid }) => uid === user.uid)) return settings;
  return { ...settings, blockedUsers: [...settings.blockedUsers, user].slice(-BLOCKED_MAX) };
}

/** Danmaku on the screen at once: few is a handful a viewer can read, normal fills a film without covering it. */
const DENSITY_LIMITS: Readonly<Record<Density, number | null>> = { few: 15, normal: 60, all: null };

export function overlayChange(settings: Settings): SettingsChange {
  const { enabled, opacity, size, speed, area, density } = settings;
  return { enabled, opacity, scale: size, speed, area, density: DENSITY_LIMITS[density] };
}
