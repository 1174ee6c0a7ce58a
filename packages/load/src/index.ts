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
// ---- a run
export { runLoad } from "./run/run-load.ts";
export type { Phase, RunOptions } from "./run/run-load.ts";
export { processWorkers } from "./workers/worker-processes.ts";
export { Controller } from "./workers/controller.ts";
export type { ListenOptions } from "./workers/controller.ts";
export { joinRun } from "./workers/join-run.ts";
export type { JoinOptions } from "./workers/join-run.ts";
export { ClockEstimate } from "./workers/clock-estimate.ts";
export { localWorker } from "./run/local-worker.ts";
export type { StartWorker, WorkerAssignment, WorkerEvents, WorkerPort } from "./run/worker-port.ts";
export { checkPlan, loopbackSources } from "./run/plan.ts";
export type { ComeAndGo, Crowd, LoadPlan, SlowViewers, Storm } from "./run/plan.ts";
export { PROTOCOLS, protocolNamed } from "./protocol/protocols.ts";
export type {
  ProtocolAdapter,
  Publisher,
  PublishOutcome,
  PublishOver,
  Seat,
  Speaker,
  Target,
  ViewerConnection,
} from "./protocol/adapter.ts";
// ---- how the generator itself fares
export { reasonsAgainst, SelfWatch } from "./run/self-watch.ts";
export type { Counts, Effort, SecondDelta } from "./run/second.ts";
// ---- its report
export { judged, parseReport } from "./report/load-report.ts";
export type { LostWorker, WorkerClock } from "./run/crew.ts";
export type { LoadReport } from "./report/load-report.ts";
export { REPORT_SCHEMA } from "./report/schema/report-schema.ts";
export type { JsonSchema, ObjectSchema } from "./report/schema/json-schema.ts";
export { MEASURES, measuresOf } from "./report/measures.ts";
export { compareReports, RATIO_STANDARD } from "./report/compare.ts";
export type { Compared, Comparison, Difference } from "./report/compare.ts";
export { compareLines } from "./report/compare-lines.ts";
export type { RoomReport } from "./report/room-sums.ts";
export type { ServerSecond } from "./report/server-second.ts";
export type { TimelineSecond } from "./report/timeline.ts";
export { reportHtml } from "./report/html.ts";
export { ms, reportLines, sparkline, verdictLine } from "./report/lines.ts";
// ---- scenarios
export { numberedRooms, planOf, SCENARIO_LIST } from "./run/scenarios.ts";
export type { ScenarioChoice } from "./run/scenarios.ts";
export { defineScenario } from "./scenario/scenario.ts";
export type { Behaviour, Scenario, Span, Spread } from "./scenario/scenario.ts";
export { isScenarioFile, loadScenarioFile } from "./scenario/load-file.ts";
export { planOfScenario, standardChoice } from "./scenario/plan-of-scenario.ts";
export type { Chosen } from "./scenario/plan-of-scenario.ts";
export { parseSpread, popularityOf, recordingOf, talkersOf } from "./scenario/spread.ts";
export { parseStages, secondsOf } from "./schedule/stages-text.ts";
export { arrivalsOf } from "./schedule/plan-arrivals.ts";
export type { Recording } from "./schedule/plan-arrivals.ts";
export { readRecordedTalk } from "./schedule/recording.ts";
export type { RecordedTalk } from "./schedule/recording.ts";
export { parseStopCondition, STOP_MEASURES, stoppedText } from "./run/stop-condition.ts";
export type { StopCondition, Stopped } from "./run/stop-condition.ts";
// ---- the server's own figures
export type { ServerSource } from "./scrape/server-watch.ts";
// ---- what a server holds
export { measureCapacity } from "./capacity/measure-capacity.ts";
export type { CapacityEvents, CapacityRig, LoadSeries } from "./capacity/measure-capacity.ts";
export { LoadRig } from "./capacity/load-rig.ts";
export type { LoadRigOptions } from "./capacity/load-rig.ts";
export { serverReader } from "./capacity/server-reader.ts";
export type { ReadServer, ServerReading, ServerSources } from "./capacity/server-reader.ts";
export { parseCapacityReport } from "./capacity/capacity-report.ts";
export type { CapacityReport, CapacitySettings } from "./capacity/capacity-report.ts";
export { capacityLines, stepLine } from "./capacity/capacity-lines.ts";
export type { RecommendedSettings } from "./capacity/recommend.ts";
export type { Step, StepMeasure } from "./capacity/step.ts";
