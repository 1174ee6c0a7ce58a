import { nodeOf } from "../context/context-node.ts";
import type { Context } from "../context/context.ts";
import { dispose } from "../dispose.ts";
import { currentRecord } from "../task/probe.ts";

/**
 * Shows a task as waiting for something that is no part of the kernel, such as the answer of a thread, until disposed.
 * The task is that of `ctx`; without one, or where it is of none, the one whose code runs now, where that is known.
 */
export function noteWait(verb: string, object: string, ctx?: Context): Disposable {
  const record = (ctx === undefined ? undefined : nodeOf(ctx).record) ?? currentRecord();
  let waits = record !== undefined;
  if (record !== undefined) record.park(verb, object);
  return {
    [dispose]() {
      if (!waits) return;
      waits = false;
      record?.unpark();
    },
  };
}
