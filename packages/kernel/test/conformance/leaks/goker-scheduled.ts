/**
 * Bugs of GoBench that show in some schedules only: the order that the original's comment draws is forced by turns of
 * the event loop, or comes of itself because waiters are served in order.
 */
import { Mutex, nextTurn, recv, RWMutex, select, send, trySelect } from "@barrage/kernel";
import { named, program } from "./goker-others.ts";
import type { LeakProgram, Start } from "./program.ts";

/** Grpc 795: the second stop finds the first one and locks again, where it was to unlock. */
function grpc795(start: Start, fixed: boolean): void {
  start("test", async () => {
    const mu = new Mutex({ name: "server" });
    let drain = false;
    const gracefulStop = async (): Promise<void> => {
      const guard = await mu.lock();
      if (drain && !fixed) await mu.lock();
      drain = true;
      guard[Symbol.dispose]();
    };
    start("Serve", async () => {
      using _ = await mu.lock();
    });
    await nextTurn(); // serving comes before any stop
    for (let i = 0; i < 3; i++) await gracefulStop();
  });
}

/** Istio 16224: the handler sends under the lock that the receiver asks for first. */
function istio16224(start: Start, fixed: boolean): void {
  start("main", async () => {
    const [events, done, stop] = [named("events"), named("done"), named("stop")];
    const lock = new Mutex({ name: "lock" });
    start("Run", async () => {
      for (;;) {
        const got = await select({ stop: recv(stop), event: recv(events) });
        if (got.case === "stop") return;
        using _ = await lock.lock();
        await done.send(1);
      }
    });
    await events.send(1);
    await nextTurn(); // the handler has the lock
    if (fixed) await done.receive();
    using _ = await lock.lock();
    if (!fixed) await done.receive();
    stop.close();
  });
}

/** Kubernetes 6632: a frame is announced under the lock that the only one who listens waits for. */
function kubernetes6632(start: Start, fixed: boolean): void {
  const [closeChan, resetChan] = [named("closeChan"), named("resetChan")];
  const writeLock = new Mutex({ name: "writeLock" });
  start("helper", () => closeChan.send(1));
  start("monitor", async () => {
    await closeChan.receive();
    await nextTurn(); // the frame comes between
    using _ = await writeLock.lock();
    resetChan.close();
  });
  start("WriteFrame", async () => {
    using _ = await writeLock.lock();
    if (fixed) trySelect({ reset: send(resetChan, 1) });
    else await resetChan.send(1);
  });
}

/** Kubernetes 10182: the second status is sent under the lock that the reader of the first one waits for. */
function kubernetes10182(start: Start, fixed: boolean): void {
  const statuses = named("podStatusChannel");
  const lock = new RWMutex({ name: "podStatuses" });
  start("syncBatch", async () => {
    for (let i = 0; i < 2; i++) {
      await statuses.receive();
      using _ = await lock.lock();
    }
  });
  for (let i = 0; i < 2; i++) {
    start("SetPodStatus", async () => {
      const guard = await lock.lock();
      if (fixed) guard[Symbol.dispose]();
      await statuses.send(1);
      guard[Symbol.dispose]();
    });
  }
}

/** Moby 28462: the monitor is told to stop under the lock that it waits for. */
function moby28462(start: Start, fixed: boolean): void {
  const stop = named("stop");
  const container = new Mutex({ name: "container" });
  start("monitor", async () => {
    while (trySelect({ stop: recv(stop) }) === undefined) {
      await nextTurn(); // the state changes between the look and the lock
      using _ = await container.lock();
    }
  });
  start("StateChanged", async () => {
    using _ = await container.lock();
    if (fixed) stop.close();
    else await stop.send(1);
  });
}

/** Moby 33781: the monitor is stopped while a probe is on its way to report. */
function moby33781(start: Start, fixed: boolean): void {
  const stop = named("stop");
  start("monitor", async () => {
    start("stopper", () => stop.send(1));
    await nextTurn(); // the interval, in which the stop comes
    const results = named("results", fixed ? 1 : 0);
    start("monitor.func1", async () => {
      await results.send(1);
      results.close();
    });
    await select({ stop: recv(stop), results: recv(results) });
  });
}

export const SCHEDULED: readonly LeakProgram[] = [
  program("Grpc795", ["test [acquire server]"], grpc795),
  program("Istio16224", ["Run [send done]", "main [acquire lock]"], istio16224),
  program("Kubernetes6632", ["WriteFrame [send resetChan]", "monitor [acquire writeLock]"], kubernetes6632),
  program(
    "Kubernetes10182",
    ["SetPodStatus [send podStatusChannel]", "syncBatch [lock podStatuses]"],
    kubernetes10182,
  ),
  program("Moby28462", ["StateChanged [send stop]", "monitor [acquire container]"], moby28462),
  program("Moby33781", ["monitor.func1 [send results]"], moby33781),
];
