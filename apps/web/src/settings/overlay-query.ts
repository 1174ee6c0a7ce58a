import { DEFAULTS, DENSITIES, RANGES } from "./settings.ts";
import type { RangeName, Settings } from "./settings.ts";

/** What the address of `/overlay/:room` can set. */
export interface OverlayQuery {
  readonly settings: Settings;
  /** Danmaku of the snapshot are shown too; off unless `past=1`. */
  readonly past: boolean;
}

/** The settings in an address, such as `?opacity=0.8&speed=1.2&block=a&block=b`. What is not valid is the default. */
export function overlayQuery(search: string): OverlayQuery {
  const query = new URLSearchParams(search);
  const number = (name: RangeName): number => {
    const { min, max } = RANGES[name];
    const value = Number(query.get(name) ?? Number.NaN);
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : DEFAULTS[name];
  };
  const settings: Settings = {
    enabled: true,
    opacity: number("opacity"),
    size: number("size"),
    speed: number("speed"),
    area: number("area"),
    density: DENSITIES.find((name) => name === query.get("density")) ?? "all",
    colourful: query.get("colourful") !== "0",
    blockedWords: query.getAll("block"),
    blockedUsers: query.getAll("blockuser").map((uid) => ({ uid, name: uid })),
  };
  return { settings, past: query.get("past") === "1" };
}
