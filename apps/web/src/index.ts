export { overlayQuery } from "./settings/overlay-query.ts";
export type { OverlayQuery } from "./settings/overlay-query.ts";
