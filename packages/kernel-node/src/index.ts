export type { DeadlockReportOptions } from "./deadlock-report.ts";
export { deadlockReport } from "./deadlock-report.ts";

export type { Page } from "./pages/task-page.ts";
export { debugPage, taskPage, treePage } from "./pages/task-page.ts";
export { debugHandler } from "./pages/debug-handler.ts";
export { pprofProfile } from "./pages/pprof.ts";

export type { LoopReading } from "./monitor/loop-gauge.ts";
export { LoopGauge } from "./monitor/loop-gauge.ts";
export type { RuntimeSample } from "./monitor/runtime-sample.ts";
export type { MonitorMetrics, MonitorOptions, Suspicion, SuspicionKind } from "./monitor/runtime-monitor.ts";
export { RuntimeMonitor } from "./monitor/runtime-monitor.ts";
export type { SchedTraceOptions } from "./monitor/sched-trace.ts";
export { traceScheduler } from "./monitor/sched-trace.ts";

export type { KernelNodeErrorCode } from "./errors.ts";
export { KERNEL_NODE_ERRORS, KernelNodeError } from "./errors.ts";
export type { PoolFunction } from "./pool/function-slot.ts";
export type { WorkerStats } from "./pool/health.ts";
export { healthWeight } from "./pool/health.ts";
export type { PoolOptions, PoolScale, PoolStats, RunOptions } from "./pool/options.ts";
export { Pool } from "./pool/pool.ts";
