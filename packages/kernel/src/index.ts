export type { CancellableContext, CancellableOptions, Context, Key } from "./context/context.ts";
export type { BareSignal, CancelSignal } from "./context/cancel-signal.ts";
export { key } from "./context/context.ts";
export { background, rootContext } from "./context/root.ts";
export { unlessCancelled } from "./context/unless-cancelled.ts";

export type { Body, ScopeOptions, SpawnOptions } from "./task/scope.ts";
export type { Task } from "./task/task.ts";
export { Scope } from "./task/scope.ts";
export { scope } from "./task/nursery.ts";
export { go } from "./task/go.ts";
export type { FailureHandler, TaskFailure } from "./task/failures.ts";
export { onTaskFailure, taskFailureCount } from "./task/failures.ts";
export type { TaskGroup, TaskInfo, TaskState } from "./task/task-record.ts";
export { liveTaskCount, liveTasks, taskGroups } from "./task/task-record.ts";

export type { ChannelOptions } from "./channel/channel.ts";
export type { Receiver, Sender } from "./channel/ends.ts";
export { Channel } from "./channel/channel.ts";
export type { SendOutcome, Writer } from "./channel/two-phase-close.ts";
export { TwoPhaseClose } from "./channel/two-phase-close.ts";
export type { Case } from "./channel/cases.ts";
export { after, recv, send } from "./channel/cases.ts";
export type { Cases, Selected } from "./channel/select.ts";
export { select, trySelect } from "./channel/select.ts";

export { Mutex } from "./sync/mutex.ts";
export { RWMutex } from "./sync/rw-mutex.ts";
export { Semaphore } from "./sync/semaphore.ts";
export { SingleFlight, type SingleFlightOptions } from "./sync/single-flight.ts";
export { WaitGroup } from "./sync/wait-group.ts";
export type { OnceBody, OnceOptions } from "./sync/shared-run.ts";
export { Once, onceValue } from "./sync/once.ts";

export type { BackoffOptions } from "./flow/backoff.ts";
export { Backoff } from "./flow/backoff.ts";
export type { HoldRange, ScalePace } from "./flow/scale-pace.ts";
export {
  busyPace,
  grownPace,
  heldLongEnough,
  initialPace,
  quietPace,
  shrunkPace,
} from "./flow/scale-pace.ts";
export type { RetryBody, RetryOptions } from "./flow/retry.ts";
export { retry } from "./flow/retry.ts";

export type { FailurePolicy, PipelineReport } from "./pipeline/policy.ts";
export type { MapOptions, Step } from "./pipeline/map.ts";
export type { RateOptions } from "./pipeline/rate-limit.ts";
export type { PipelineSource } from "./pipeline/source.ts";
export type { PipelineOptions, PipelineSink } from "./pipeline/pipeline.ts";
export { Pipeline, pipeline } from "./pipeline/pipeline.ts";

export type { Needed, Needs, Provider, ProviderSpec } from "./lifecycle/provider.ts";
export { provider } from "./lifecycle/provider.ts";
export type { UnitHealth, UnitState } from "./lifecycle/unit.ts";
export type { LifecycleOptions, LifecycleState, PlannedPart } from "./lifecycle/lifecycle.ts";
export { Lifecycle } from "./lifecycle/lifecycle.ts";
export type {
  ShutdownOptions,
  ShutdownPhase,
  ShutdownReport,
  ShutdownStep,
  StepReport,
} from "./lifecycle/shutdown.ts";
export { Shutdown } from "./lifecycle/shutdown.ts";
export type { Hook } from "./lifecycle/hooks.ts";
export { Hooks } from "./lifecycle/hooks.ts";

export type { Clock, TimerHandle } from "./time/clock.ts";
export { systemClock } from "./time/clock.ts";
export { sleep } from "./time/sleep.ts";
export { Ticker } from "./time/ticker.ts";
export { nextTurn } from "./time/turn.ts";

export type { KernelErrorCode, KernelErrorFields, KernelErrorSpec } from "./errors.ts";
export {
  CancelledError,
  DeadlineExceededError,
  InvalidArgumentError,
  isCancelled,
  KERNEL_ERRORS,
  kernelCode,
  KernelError,
  LifecycleError,
  NotDisposableError,
  RetryError,
} from "./errors.ts";
export { asyncDispose, dispose } from "./dispose.ts";
