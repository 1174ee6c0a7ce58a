import type { Source } from "./support/source.ts";

const ONE_KIND_OF_FAILURE = "a panic, an exit and an error are one thing here: a throw (TestDoErr)";
const NO_METHOD_OF_THAT_NAME =
  "how a built-in is built: name, length, descriptor, prototype, not a constructor";
const NO_MOVE = "a scope is not handed over: what it owns ends with it";
const NO_ADOPT = "`defer` with the value in the closure does it";
const ANY = "a context has one parent; several are not merged";
const HELD_FROM_THE_START = "a semaphore starts with all its permits free";

export const OTHER_SOURCES: readonly Source[] = [
  { name: "x/sync errgroup_test.go", cases: 8 },
  { name: "x/sync semaphore_test.go", cases: 8 },
  {
    name: "x/sync singleflight_test.go",
    cases: 10,
    leftOut: {
      [ONE_KIND_OF_FAILURE]: ["TestPanicErrorUnwrap", "TestPanicDo", "TestGoexitDo"],
      "every result is a promise, so there is no second form that gives a channel": [
        "TestDoChan",
        "TestPanicDoChan",
        "TestPanicDoSharedByDoChan",
      ],
    },
  },
  {
    name: "goleak leaks_test.go",
    cases: 10,
    leftOut: {
      "the options have types, so a wrong one does not compile": ["TestFind, Cleanup option"],
      "tests run in processes of their own, each body under its own assertNoLeaks": ["TestVerifyParallel"],
    },
  },
  {
    name: "goleak utils_test.go and options",
    cases: 5,
    leftOut: {
      "node:test has no hook that runs after all tests and sets the exit code": ["VerifyTestMain exit codes"],
      "the runtime starts no tasks of its own here": ["isTestStack, isStdLibStack"],
    },
  },
  {
    name: "test262 built-ins/AsyncDisposableStack",
    cases: 51,
    leftOut: {
      [NO_METHOD_OF_THAT_NAME]: [
        "Symbol.asyncDispose",
        "constructor",
        "adopt/not-a-constructor",
        "defer/length",
        "defer/not-a-constructor",
        "disposeAsync/not-a-constructor",
        "move/not-a-constructor",
        "use/not-a-constructor",
        "use/Symbol.asyncDispose-getter",
        "use/Symbol.dispose-getter",
      ],
      [NO_ADOPT]: [
        "adopt/adds-value-onDisposeAsync",
        "adopt/allows-any-value",
        "adopt/async-disposable-stack-adopt-on-disposed-stack",
        "adopt/async-disposable-stack-adopt",
        "adopt/puts-value-onDisposeAsync-on-top-of-stack",
      ],
      [NO_MOVE]: [
        "move/async-disposable-stack-move-not-same-objects",
        "move/async-disposable-stack-move-on-disposed-stack",
        "move/async-disposable-stack-move",
        "move/returns-new-asyncdisposablestack-that-contains-moved-resources",
        "move/throws-if-disposed",
      ],
      "that a scope has ended is told by what it refuses (KN-30)": ["disposed/getter", "disposed/length"],
      "the same as the case without the prefix": ["defer/async-disposable-stack-defer"],
    },
  },
  { name: "test262 built-ins/DisposableStack, where it has more", cases: 2 },
  {
    name: "WPT dom/abort/event.any.js",
    cases: 9,
    leftOut: {
      "brand checks of the platform's own classes": [
        "AbortController brand checks",
        "AbortSignal brand checks",
      ],
    },
  },
  {
    name: "WPT dom/abort/abort-signal-any-tests.js",
    cases: 12,
    leftOut: {
      [ANY]: [
        "works with an empty array of signals",
        "follows multiple signals",
        "can be passed the same signal more than once",
        "uses the first instance of a duplicate signal",
      ],
      "a controller aborts and fires in one step, so signals that were read before follow one by one; their contexts are all marked first (KN-2)":
        ["dependent signals aborted before reentrant events"],
    },
  },
  {
    name: "Kotlin ChannelUndeliveredElementTest",
    cases: 6,
    leftOut: { "there is no conflated channel": ["testConflatedResourceCancelled"] },
  },
  {
    name: "Kotlin RendezvousChannelTest",
    cases: 13,
    leftOut: {
      "the order of steps of Kotlin's dispatcher": ["testSimple"],
      "closedchan.go has it": ["testClosedExceptions"],
      "a channel is disposed of without a cause": ["testCancelWithCause"],
    },
  },
  {
    name: "Kotlin SemaphoreTest",
    cases: 12,
    leftOut: {
      "SemaphoreTest's testSimple with one permit; a Mutex has tests of its own": ["testSimpleAsMutex"],
      [HELD_FROM_THE_START]: [
        "testAcquiredPermits",
        "testMultipleAcquiredPermits",
        "testReleaseAcquiredPermits",
        "testReleaseMultipleAcquiredPermits",
      ],
    },
  },
  {
    name: "Trio test_channel.py",
    cases: 9,
    leftOut: {
      "ends of a channel are not cloned; several writers close it by TwoPhaseClose": [
        "test_channel_fan_in",
        "test_close_multiple_send_handles",
      ],
      "every queue has a bound (KN-49)": ["test_inf_capacity"],
    },
  },
  { name: "Effect Semaphore and Queue tests", cases: 5 },
];
