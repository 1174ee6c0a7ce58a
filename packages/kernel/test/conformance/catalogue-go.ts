import type { Source } from "./support/source.ts";

const FUNCTIONS_OF_THE_RUNTIME = "it tests how Go's runtime keeps stacks, threads or unexported functions";
const NO_CUSTOM_CONTEXT = "contexts of another make are refused (KN-102), so none can be mixed in";
const GOEXIT = "a task cannot end from deep inside without throwing";

/** Programs of Go's `test` folder. */
const GO_TEST: readonly Source[] = [
  { name: "go test/chan/select3.go", cases: 23 },
  {
    name: "go test/closedchan.go",
    cases: 17,
    leftOut: { "there is no nil channel outside of a select": ["close nil"] },
  },
  { name: "go test/chan/fifo.go", cases: 2 },
  { name: "go test/chan/doubleselect.go", cases: 1 },
  { name: "go test/chan/select.go", cases: 1 },
  { name: "go test/chan/select2.go", cases: 1 },
  { name: "go test/chan/select4.go", cases: 1 },
  { name: "go test/chan/select5.go", cases: 5 },
  { name: "go test/chan/select6.go", cases: 1 },
  { name: "go test/chan/select7.go", cases: 9 },
  { name: "go test/chan/select8.go", cases: 4 },
  { name: "go test/chan/nonblock.go", cases: 8 },
  { name: "go test/chan/goroutines.go", cases: 1 },
  { name: "go test/sieve.go", cases: 1 },
  { name: "go test/chan/sieve1.go", cases: 1 },
  { name: "go test/chan/sieve2.go", cases: 1 },
  { name: "go test/chan/powser1.go", cases: 10 },
  {
    name: "go test/chan/powser2.go",
    cases: 10,
    leftOut: {
      "powser1.go once more with rationals behind pointers and interfaces, which is how ours are anyway": [
        "Ones",
        "Add Ones Ones",
        "Add Ones Twos",
        "Diff",
        "Integ",
        "CMul",
        "Sub Ones Twos",
        "Mul",
        "Exp",
        "ATan",
      ],
    },
  },
  { name: "go test/chan/perm.go", cases: 16 },
  { name: "go test/chan/zerosize.go", cases: 1 },
  {
    name: "go test/chan/sendstmt.go",
    cases: 2,
    leftOut: { "how Go parses its send operator": ["precedence"] },
  },
  { name: "go test/chanlinear.go", cases: 2 },
  { name: "go test/chancap.go", cases: 2 },
  { name: "go test/ken/chan.go", cases: 24 },
  { name: "go test/ken/chan1.go", cases: 1 },
];

/** Tests of Go's standard library and runtime. */
const GO_SRC: readonly Source[] = [
  {
    name: "go src/runtime/chan_test.go",
    cases: 14,
    leftOut: { [FUNCTIONS_OF_THE_RUNTIME]: ["TestNoShrinkStackWhileParking"] },
  },
  {
    name: "go src/context",
    cases: 60,
    leftOut: {
      "there is no context that means `to be decided`": ["TestTODO", "TestCause, TODO"],
      "keys are objects of their own type, so a wrong one does not compile (kernel.types.ts)": [
        "TestWithValueChecksKey",
      ],
      "a timeout has no cause of its own; the deadline's error is it": [
        "TestCause, WithTimeoutCause",
        "TestCause, WithTimeoutCause canceled",
        "TestCause, WithTimeoutCause stacked",
        "TestCause, WithTimeoutCause stacked canceled",
      ],
      "callbacks are called before cancel returns, by rule (KN-2, KN-11)": [
        "TestAfterFuncCalledAsynchronously",
      ],
      [NO_CUSTOM_CONTEXT]: [
        "TestCustomContextPropagation",
        "TestCustomContextCause",
        "TestCause, parent of custom context not canceled",
        "TestCause, parent of custom context is canceled before",
        "TestCause, parent of custom context is canceled after",
        "TestCustomContextAfterFuncCancel",
        "TestCustomContextAfterFuncTimeout",
        "TestCustomContextAfterFuncAfterFunc",
        "TestCustomContextAfterFuncUnregisterCancel",
        "TestCustomContextAfterFuncUnregisterTimeout",
        "TestCustomContextAfterFuncUnregisterAfterFunc",
      ],
    },
  },
  {
    name: "go src/sync/waitgroup_test.go",
    cases: 6,
    leftOut: { "alignment in memory": ["TestWaitGroupAlign"] },
  },
  { name: "go src/sync/once_test.go", cases: 2 },
  { name: "go src/sync/oncefunc_test.go", cases: 10, leftOut: { [GOEXIT]: ["TestOnceFuncGoexit"] } },
  {
    name: "go src/sync/mutex_test.go",
    cases: 4,
    leftOut: { [FUNCTIONS_OF_THE_RUNTIME]: ["TestSemaphore"] },
  },
  {
    name: "go src/sync/rwmutex_test.go",
    cases: 6,
    leftOut: { "a read lock is a call of its own here, not a Locker": ["TestRLocker"] },
  },
  {
    name: "go src/sync/cond_test.go",
    cases: 6,
    leftOut: {
      "there is no condition variable: a channel or a wait group is waited for": [
        "TestCondSignal",
        "TestCondSignalGenerations",
        "TestCondBroadcast",
        "TestRace",
        "TestCondSignalStealing",
        "TestCondCopy",
      ],
    },
  },
  {
    name: "go src/time/tick_test.go",
    cases: 12,
    leftOut: {
      "a ticker made without its constructor": ["TestTickerStopWithDirectInitialization"],
      "there is no function for a ticker that is never stopped": ["TestTick"],
      [FUNCTIONS_OF_THE_RUNTIME]: ["TestLongAdjustTimers", "TestManualTicker"],
    },
  },
  {
    name: "go src/time/sleep_test.go",
    cases: 24,
    leftOut: {
      "a timer that calls a function is a task that sleeps": ["TestAfterFunc", "TestAfterFuncStarvation"],
      "timers of other threads": ["TestTickerConcurrentStress"],
      [FUNCTIONS_OF_THE_RUNTIME]: [
        "TestOverflowPeriodRuntimeTimer",
        "TestTimerModifiedEarlier",
        "TestAdjustTimers",
      ],
      "there is no timer object to stop or reset; `after` and `sleep` end with their select or context": [
        "TestZeroTimerResetPanics",
        "TestZeroTimerStopPanics",
        "TestZeroTimer",
        "TestStopResult",
        "TestResetResult",
        "TestMultiWakeupTimer",
      ],
    },
  },
  {
    name: "go src/runtime/crash_test.go, deadlocks",
    cases: 13,
    leftOut: {
      "tasks are not bound to threads": ["TestLockedDeadlock"],
      [GOEXIT]: ["TestGoexitInPanic", "TestRecoveredPanicAfterGoexit"],
      "what is no function is refused by the compiler": ["TestGoNil"],
      "a throw ends no process here": ["TestPanicDeadlockGosched", "TestPanicDeadlockSyscall"],
      "finalizers run between tasks and cannot wait": ["TestFinalizerOrCleanupDeadlock"],
    },
  },
  { name: "go src/runtime goroutine leaks, simple.go", cases: 14 },
  { name: "go src/runtime goroutine leaks, commonpatterns.go", cases: 6 },
  {
    name: "go src/runtime goroutine leaks, stresstests.go",
    cases: 2,
    leftOut: { "flaky by its own words; collections beside leaks happen in every other case": ["SpawnGC"] },
  },
  {
    name: "go src/runtime goroutine leaks, goker (GoBench)",
    cases: 62,
    leftOut: {
      "depends on the schedule: the 23 that do not were taken, and six whose order a few turns force": [
        ..."Cockroach584 Cockroach1055 Cockroach1462 Cockroach2448 Cockroach3710 Cockroach6181".split(" "),
        ..."Cockroach9935 Cockroach10214 Cockroach10790 Cockroach16167 Cockroach18101 Etcd6857".split(" "),
        ..."Etcd6873 Etcd7492 Etcd7902 Grpc1460 Grpc3017 Hugo3251 Hugo5379".split(" "),
        ..."Istio17860 Istio18454 Kubernetes11298 Kubernetes13135".split(" "),
        ..."Kubernetes26980 Kubernetes30872 Kubernetes58107 Kubernetes62464 Kubernetes70277".split(" "),
        ..."Moby4951 Moby21233 Moby27782 Moby36114 Serving2137".split(" "),
      ],
    },
  },
];

export const GO_SOURCES: readonly Source[] = [...GO_TEST, ...GO_SRC];
