import { background, Channel, Mutex, Once, recv, RWMutex, select, send, WaitGroup } from "@barrage/kernel";
import { done, type LeakProgram, soon, type Start, yieldNow } from "./program.ts";

export const named = (name: string, capacity = 0): Channel<number> => new Channel<number>(capacity, { name });

/** Etcd 5509: a read lock that is not given back on the way out of a closed client. */
function etcd5509(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const mu = new RWMutex({ name: "client" });
    const finished = named("donec");
    start("Get", async () => {
      const guard = await mu.readLock();
      if (fixed) guard[Symbol.dispose]();
      finished.close();
    });
    await yieldNow();
    using _ = await mu.lock();
    await finished.receive();
  });
}

/** Etcd 6708: the read lock is asked for under the write lock, three calls deeper. */
function etcd6708(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const mu = new RWMutex({ name: "cluster" });
    const leader = async (): Promise<void> => {
      if (fixed) return;
      using _ = await mu.readLock();
    };
    using _ = await mu.lock();
    await leader();
  });
}

/** Etcd 10492: the checkpointer that is called under the lock takes it again. */
function etcd10492(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const mu = new RWMutex({ name: "lessor" });
    const checkpoint = async (): Promise<void> => {
      using _ = await mu.lock();
    };
    const guard = await mu.lock();
    if (fixed) guard[Symbol.dispose]();
    await checkpoint();
    guard[Symbol.dispose]();
  });
}

/** Grpc 660: the client is stopped while a call is still going to report. */
function grpc660(start: Start, fixed: boolean): void {
  const stop = named("stop");
  start("doCloseLoopUnary", async () => {
    for (;;) {
      const finished = named("done", fixed ? 1 : 0);
      start("doCloseLoopUnary.func1", () => finished.send(1));
      const got = await select({ stop: recv(stop), done: recv(finished) });
      if (got.case === "stop") return;
    }
  });
  start("stopper", () => stop.send(1));
}

/** Grpc 862: the connection is dropped before anybody could close it. */
function grpc862(start: Start, fixed: boolean): void {
  start("DialContext", () => {
    const connection = background.cancellable();
    start("DialContext.func2", async () => {
      const address = connection.cancellable();
      address.cancellable({ timeout: 0 }).cancel();
      await done(address).receive();
    });
    if (fixed) start("Close", () => connection.cancel());
  });
}

/** Grpc 1275: closing the stream does not end its reader. */
function grpc1275(start: Start, fixed: boolean): void {
  start("testInflightStreamClosing", async () => {
    const [buffer, finished] = [named("buffer"), named("donec")];
    start("testInflightStreamClosing.func1", async () => {
      await buffer.receive();
      finished.close();
    });
    if (fixed) buffer.close();
    await select({ done: recv(finished), late: recv(soon()) });
  });
}

/** Grpc 1424: the watcher ends without saying so. */
function grpc1424(start: Start, fixed: boolean): void {
  start("DialContext", () => {
    const addresses = named("addrCh");
    start("DialContext.func1", async () => {
      const finished = named("doneChan");
      start("lbWatcher", async () => {
        for await (const _ of addresses) await yieldNow(1);
        if (fixed) finished.close();
      });
      await finished.receive();
    });
    addresses.close();
  });
}

/** Kubernetes 5316: the request is given up, and its answer has nobody to go to. */
function kubernetes5316(start: Start, fixed: boolean): void {
  start("finishRequest", async () => {
    const [ok, failed] = [named("ch", fixed ? 1 : 0), named("errCh", fixed ? 1 : 0)];
    start("finishRequest.func1", async () => {
      await soon(3).receive();
      await ok.send(1);
    });
    await select({ ok: recv(ok), failed: recv(failed), late: recv(soon()) });
  });
}

/** Kubernetes 25331: it cancels itself before it hands over the error. */
function kubernetes25331(start: Start, fixed: boolean): void {
  start("NewWatchChan", () => {
    const ctx = background.cancellable();
    const [results, errors] = [named("resultChan"), named("errChan")];
    start("run", async () => {
      const got = await select({ error: recv(errors), done: recv(done(ctx)) });
      if (got.case === "done") return;
      ctx.cancel();
      if (fixed) await select({ put: send(results, 1), done: recv(done(ctx)) }, background);
      else await results.send(1);
    });
    start("Stop", async () => {
      await errors.send(1);
      ctx.cancel();
    });
  });
}

/** Kubernetes 38669: the first events go out before anybody listens, and stopping does not reach them. */
function kubernetes38669(start: Start, fixed: boolean): void {
  start("newCacheWatcher", () => {
    const [input, result] = [named("input"), named("result")];
    start("process", async () => {
      for (const event of [1, 2]) {
        if (fixed) await select({ put: send(result, event), stopped: recv(input) });
        else await result.send(event);
      }
      await input.receive();
      result.close();
    });
    input.close();
  });
}

/** Moby 7559: the lock is taken once more on the way round after an error. */
function moby7559(start: Start, fixed: boolean): void {
  for (let n = 0; n < 20; n++) {
    start("Run", async () => {
      const mu = new Mutex({ name: "connTrackLock" });
      for (let i = 0; i < 2; i++) {
        const guard = await mu.lock();
        const dialled = false;
        if (!dialled && !fixed) continue;
        guard[Symbol.dispose]();
      }
    });
  }
}

/** Moby 17176: nothing to clean up, and so the lock stays locked. */
function moby17176(start: Start, fixed: boolean): void {
  for (let n = 0; n < 100; n++) {
    start("test", async () => {
      const mu = new Mutex({ name: "devices" });
      const guard = await mu.lock();
      if (fixed) guard[Symbol.dispose]();
      const finished = named("doneChan", fixed ? 1 : 0);
      start("test.func1", async () => {
        using _ = await mu.lock();
        await finished.send(1);
      });
      await select({ late: recv(soon()), done: recv(finished) });
    });
  }
}

/** Moby 25348: it waits for all plugins when the first has been started. */
function moby25348(start: Start, fixed: boolean): void {
  start("init", async () => {
    const group = new WaitGroup({ name: "plugins" });
    group.add(2);
    for (let i = 0; i < 2; i++) {
      start("init.func1", () => group.done());
      if (!fixed) await group.wait();
    }
    await group.wait();
  });
}

/** Moby 30408: the one who fails wakes nobody; a channel stands for the condition variable. */
function moby30408(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const [activated, finished] = [named("activated"), named("done")];
    start("testActive.func1", async () => {
      await activated.receive();
      finished.close();
    });
    if (fixed) activated.close();
    await finished.receive();
  });
}

/** Syncthing 4829: the listeners are told under the lock that they read. */
function syncthing4829(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const [service, mapping] = [new RWMutex({ name: "service" }), new RWMutex({ name: "mapping" })];
    const notify = async (): Promise<void> => {
      using _ = await mapping.readLock();
    };
    using _service = await service.lock();
    const guard = await mapping.lock();
    if (fixed) guard[Symbol.dispose]();
    await notify();
    guard[Symbol.dispose]();
  });
}

/** Syncthing 5795: the loop closes the connection, and closing waits for the loop. */
function syncthing5795(start: Start, fixed: boolean): void {
  start("func2", async () => {
    const [inbox, closed, stopped] = [named("inbox"), named("closed"), named("stopped")];
    const closeOnce = new Once({ name: `${fixed ? "fixed" : "leaky"} Syncthing5795 Close` });
    const close = (): Promise<void> =>
      closeOnce.do(async () => {
        closed.close();
        if (!fixed) await stopped.receive();
      });
    start("dispatcherLoop", async () => {
      for (;;) {
        const got = await select({ message: recv(inbox), closed: recv(closed) });
        if (got.case === "closed") break;
        await close();
      }
      stopped.close();
    });
    await inbox.send(1);
    await stopped.receive();
  });
}

type Variant = (start: Start, fixed: boolean) => void;

export function program(name: string, leaks: readonly string[], variant: Variant): LeakProgram {
  return { name, leaks, leaky: (start) => variant(start, false), fixed: (start) => variant(start, true) };
}

export const OTHERS: readonly LeakProgram[] = [
  program("Etcd5509", ["func2 [lock client]"], etcd5509),
  program("Etcd6708", ["func2 [read lock cluster]"], etcd6708),
  program("Etcd10492", ["func2 [lock lessor]"], etcd10492),
  program("Grpc660", ["doCloseLoopUnary.func1 [send done]"], grpc660),
  program("Grpc862", ["DialContext.func2 [receive done]"], grpc862),
  program("Grpc1275", ["testInflightStreamClosing.func1 [receive buffer]"], grpc1275),
  program("Grpc1424", ["DialContext.func1 [receive doneChan]"], grpc1424),
  program("Kubernetes5316", ["finishRequest.func1 [send ch]"], kubernetes5316),
  program("Kubernetes25331", ["run [send resultChan]"], kubernetes25331),
  program("Kubernetes38669", ["process [send result]"], kubernetes38669),
  program("Moby7559", ["Run [acquire connTrackLock]"], moby7559),
  program("Moby17176", ["test.func1 [acquire devices]"], moby17176),
  program("Moby25348", ["init [wait plugins]"], moby25348),
  program("Moby30408", ["func2 [receive done]", "testActive.func1 [receive activated]"], moby30408),
  program("Syncthing4829", ["func2 [read lock mapping]"], syncthing4829),
  program(
    "Syncthing5795",
    ["Close [receive stopped]", "dispatcherLoop [once leaky Syncthing5795 Close]", "func2 [receive stopped]"],
    syncthing5795,
  ),
];
