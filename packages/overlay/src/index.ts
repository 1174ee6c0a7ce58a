// The overlay
export {
  createOverlay,
  type DanmakuBox,
  type Overlay,
  type OverlayCounts,
  type OverlayOptions,
} from "./overlay.ts";
export { type DanmakuMode, type OverlayItem, PRIORITY } from "./item.ts";
export { DEFAULT_SETTINGS, type OverlaySettings, type SettingsChange } from "./settings.ts";
export type { DropReason, StageCounts } from "./ledger.ts";
export { OVERLAY_ERRORS, OverlayError, type OverlayErrorCode } from "./errors.ts";

// Layout without a browser
export { Stage, type StageOptions } from "./stage/stage.ts";
export { alphaOf, leftOf, type Look, type Placed, topOf } from "./stage/placed.ts";
export type { TextMeasure } from "./stage/casting.ts";
export type { StageSize } from "./stage/lane-grid.ts";
export {
  LaneAllocator,
  type LaneCounts,
  type LaneRequest,
  type LaneTenant,
  type MovingRequest,
  type StaticRequest,
} from "./lanes/lane-allocator.ts";
export type { LaneChoice } from "./lanes/choose-lane.ts";

// Drawing
export { CanvasRenderer, type RendererOptions, type Scene } from "./canvas/canvas-renderer.ts";
export type { OverlayEnvironment, Unwatch } from "./frames/environment.ts";
export { browserEnvironment } from "./frames/browser-environment.ts";
export type { FrameCounts } from "./frames/frame-budget.ts";
