import { AsyncLocalStorage } from "node:async_hooks";
import { background, type Context } from "@barrage/kernel";
import { type ContextNode, currentContext, setAmbient } from "@barrage/kernel/diagnostics";

const storage = new AsyncLocalStorage<ContextNode>();

// Importing this module is what switches it on: from here on every task's body runs with its context in the storage.
setAmbient({
  run: (context, fn) => storage.run(context, fn),
  get: () => storage.getStore(),
});

/**
 * The context of the task whose code is running, across `await`; the background outside of any. Waits without a context
 * show up with it too, and `assertNoLeaks` knows every task that its body starts.
 */
export function current(): Context {
  return currentContext() ?? background;
}
