import { calleeName, isMemberOf, receiverOf } from "./names.ts";
import type { CallExpression, NewExpression, Node } from "./nodes.ts";

/** Methods that register a listener: the second argument is called, and what it returns is thrown away. */
const LISTENERS = new Set([
  "on",
  "once",
  "addListener",
  "prependListener",
  "prependOnceListener",
  "addEventListener",
]);

/** Functions that call their first argument later and drop what it returns. */
const DEFERRALS = new Set(["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]);

export const isListening = (call: CallExpression): boolean =>
  receiverOf(call) !== undefined && LISTENERS.has(calleeName(call) ?? "");

export const isDeferral = (call: CallExpression): boolean =>
  (receiverOf(call) === undefined && DEFERRALS.has(calleeName(call) ?? "")) ||
  isMemberOf(call.callee, ["process"], "nextTick");

/** The argument whose return value nobody looks at, and who it is that does not look. */
export function voidCallback(
  call: CallExpression | NewExpression,
): { readonly callback: Node; readonly taker: string } | undefined {
  const taker = calleeName(call);
  if (taker === undefined) return undefined;
  const at = (index: number): { readonly callback: Node; readonly taker: string } | undefined => {
    const callback = call.arguments[index];
    return callback === undefined ? undefined : { callback, taker };
  };
  if (call.type === "NewExpression") return taker === "Promise" ? at(0) : undefined;
  if (isListening(call)) return at(1);
  return isDeferral(call) || (taker === "forEach" && receiverOf(call) !== undefined) ? at(0) : undefined;
}
