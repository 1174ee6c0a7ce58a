// ---- what is drawn, and when
export { Random } from "./random/random.ts";
export { apportion, Picker, sharesOf } from "./random/popularity.ts";
export type { Popularity } from "./random/popularity.ts";
export { recordedArrivals, stagedArrivals } from "./schedule/arrivals.ts";
export type { Arrivals, Stage } from "./schedule/arrivals.ts";
export { runArrivals } from "./schedule/run-arrivals.ts";
// ---- what is measured
export { Latencies } from "./measure/latencies.ts";
export type { LatencySummary } from "./measure/latencies.ts";
// ---- what a viewer got
export { marked, readMark } from "./stream/mark.ts";
export type { Mark } from "./stream/mark.ts";
export { RangeSet } from "./stream/range-set.ts";
export { RoomLedger } from "./stream/room-ledger.ts";
export { ViewerStream } from "./stream/viewer-stream.ts";
export type { StreamCounts, ViewerVerdict } from "./stream/viewer-stream.ts";
export type { AnnouncedGap, BatchHeader, ReceivedRecord, StreamSink } from "./stream/stream-sink.ts";
// ---- what it is judged by
export { exitCodeOf, judge, parseThreshold } from "./report/thresholds.ts";
export type { Threshold, Verdict } from "./report/thresholds.ts";
// ---- errors
export { LOAD_ERRORS } from "./errors.ts";
