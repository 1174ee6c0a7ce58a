export type { Race, RaceAccess } from "./race-detector.ts";
export { RaceDetector } from "./race-detector.ts";
export type { SharedRace, SharedRaceOptions } from "./shared-races.ts";
export { sharedShadow, WatchedView, watchShared } from "./shared-races.ts";
