import { within } from "../ast/children.ts";
import { functionOf, ownMethod } from "../ast/bindings.ts";
import { voidCallback } from "../ast/callbacks.ts";
import { bare, calleeName, memberName, receiverOf } from "../ast/names.ts";
import type { CallExpression, FunctionNode, NewExpression, Node } from "../ast/nodes.ts";
import { isFunction } from "../ast/nodes.ts";
import { ancestors, isAwaited, isDropped } from "../ast/position.ts";
import type { Rule, RuleContext } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";

const CHAIN = new Set(["then", "catch", "finally"]);

/** Promises of a wait, and the argument from which on the wait can be called off. */
const WAITS: Readonly<Record<string, number>> = { sleep: 1, delay: 1, wait: 1, timeout: 1, setTimeout: 2 };

/** True for `f().catch(...)`; false for `work.catch(...)`, where whoever has `work` gets the failure too. */
function isFresh(chain: CallExpression): boolean {
  const receiver = receiverOf(chain);
  return receiver !== undefined && bare(receiver).type === "CallExpression";
}

/** True for `() => {}` and `() => undefined`. */
function doesNothing(node: Node): boolean {
  if (!isFunction(node)) return false;
  const { body } = node;
  if (body.type === "BlockStatement") return body.body.length === 0;
  return (
    (body.type === "Identifier" && body.name === "undefined") ||
    (body.type === "Literal" && body.value === null)
  );
}

/** True for a node inside the block of a `try` whose `catch` does something, and does not only throw again. */
function isGuarded(node: Node, body: Node): boolean {
  let child = node;
  for (const up of ancestors(node)) {
    if (child === body) return false;
    if (up.type === "TryStatement" && up.block === child && up.handler !== null) {
      const handler = up.handler.body;
      if (handler.type === "BlockStatement" && handler.body.at(-1) !== undefined)
        return handler.body.every(({ type }) => type !== "ThrowStatement");
    }
    child = up;
  }
  return false;
}

/** True for a function that waits only inside a `try` with an answer to every failure, or has one and never waits. */
function answersForItself(context: RuleContext, { body }: FunctionNode): boolean {
  const nodes = [...within(context.sourceCode, body)];
  const waits = nodes.filter(({ type }) => type === "AwaitExpression");
  if (waits.length > 0) return waits.every((wait) => isGuarded(wait, body));
  return nodes.some((node) => node.type === "TryStatement" && isGuarded(node.block, body));
}

/** The handler of failures at the end of a chain; undefined without one. */
function failureHandler(call: CallExpression): Node | undefined {
  const name = calleeName(call);
  if (name === "catch") return call.arguments[0];
  if (name === "then") return call.arguments[1];
  const inner = receiverOf(call);
  const before = inner === undefined ? undefined : bare(inner);
  return name === "finally" && before?.type === "CallExpression" ? failureHandler(before) : undefined;
}

const isChain = (call: CallExpression): boolean =>
  receiverOf(call) !== undefined && CHAIN.has(calleeName(call) ?? "");

/** The async function of this file that a call calls: `f()`, `this.f()`, `(async () => ...)()`. */
function calledAsync(context: RuleContext, call: CallExpression): FunctionNode | undefined {
  const callee = bare(call.callee);
  const isOwn = callee.type === "MemberExpression" && callee.object.type === "ThisExpression";
  const called = isOwn ? ownMethod(call, memberName(callee) ?? "") : functionOf(context, callee);
  return called?.async === true ? called : undefined;
}

/** True for an element of a race that starts a timer which goes on when another element wins. */
function isFreshTimeout(context: RuleContext, element: Node): boolean {
  const value = bare(element);
  if (value.type === "NewExpression" && calleeName(value) === "Promise")
    return /\bsetTimeout\s*\(/.test(context.sourceCode.getText(value));
  if (value.type !== "CallExpression") return false;
  const receiver = receiverOf(value);
  if (receiver !== undefined && isChain(value)) return isFreshTimeout(context, receiver);
  const callable = WAITS[calleeName(value) ?? ""];
  return callable !== undefined && value.arguments.length <= callable;
}

/**
 * Asynchronous work that nobody waits for and whose failure nobody gets.
 *
 * Damage     T03, T31: a rejection without a handler ends the process or is lost; the work goes on after what asked
 *            for it is gone; a timeout that lost a race keeps its timer, one more on each turn.
 * Instead    `await`, `scope.spawn(...)`, `go(...)` for what the application owns; `await sleep(ms, ctx)` or a context
 *            with a deadline instead of a race with a timeout.
 */
export const taskWithoutOwner: Rule = {
  meta: meta({
    description: "Asynchronous work has an owner that waits for it and gets its failure (T03, T31).",
    messages: {
      call: "Nobody waits for the async function `{{name}}` or gets its failure. `await` it, or start it with `scope.spawn` or `go`.",
      chain:
        "This `.{{name}}` chain is dropped, and so is its failure. `await` it, end it with a handler, or start it with `scope.spawn` or `go`.",
      swallowed: "This chain swallows its failure. Handle it, or start the work with `scope.spawn` or `go`.",
      callback:
        "`{{taker}}` drops the promise of this async function: nobody waits for it or gets its failure. Start the work inside with `scope.spawn` or `go`.",
      race: "The timer of this timeout goes on when the race is over. Use a context with a deadline (`using ctx = parent.cancellable({ timeout })`), or `select` with `after`.",
    },
  }),

  create(context: RuleContext) {
    const callbacks = (node: CallExpression | NewExpression): void => {
      const dropped = voidCallback(node);
      if (dropped === undefined) return;
      const called = functionOf(context, dropped.callback);
      if (called?.async === true && !answersForItself(context, called))
        context.report({ node: dropped.callback, messageId: "callback", data: { taker: dropped.taker } });
    };

    const races = (node: CallExpression): void => {
      if (calleeName(node) !== "race") return;
      const list = node.arguments[0];
      if (list?.type !== "ArrayExpression") return;
      for (const element of list.elements)
        if (element !== null && isFreshTimeout(context, element))
          context.report({ node: element, messageId: "race" });
    };

    const statements = (node: CallExpression): void => {
      if (!isDropped(node) || isAwaited(node)) return;
      if (isChain(node)) {
        const handler = failureHandler(node);
        if (handler === undefined)
          context.report({ node, messageId: "chain", data: { name: calleeName(node) ?? "" } });
        else if (doesNothing(handler) && isFresh(node)) context.report({ node, messageId: "swallowed" });
        return;
      }
      const called = calledAsync(context, node);
      if (called !== undefined && !answersForItself(context, called))
        context.report({ node, messageId: "call", data: { name: calleeName(node) ?? "(anonymous)" } });
    };

    return {
      CallExpression(node: CallExpression) {
        callbacks(node);
        races(node);
        statements(node);
      },
      NewExpression: callbacks,
    };
  },
};
