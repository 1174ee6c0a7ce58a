import { variableOf } from "../ast/bindings.ts";
import { boundValues } from "../ast/bound-values.ts";
import { bare, calleeName, callIn, receiverOf } from "../ast/names.ts";
import type { CallExpression, NewExpression, Node } from "../ast/nodes.ts";
import { enclosingFunction, isAwaited, isDropped } from "../ast/position.ts";
import type { Rule, RuleContext } from "../ast/rule.ts";
import { meta } from "../ast/rule.ts";
import { describeLoss, firstLoss } from "../flow/lost.ts";
import type { Release } from "../flow/ownership.ts";

const RESOURCE: Release = {
  members: new Set([
    "dispose",
    "asyncDispose",
    "cancel",
    "close",
    "stop",
    "release",
    "unsubscribe",
    "unlock",
  ]),
  byMention: false,
  byFunction: /^(?:abort|cancel|close|dispose|end|finish|release|shutdown|stop)/i,
  byArgument: false,
};

/** Classes of things that go on until they are disposed. */
const CLASSES = ["Ticker", "Scope"];
/** Functions and methods that give a subscription. */
const SUBSCRIPTIONS = ["onCancel", "onTaskFailure"];
/** Methods that give a permit. */
const PERMITS = ["acquire", "tryAcquire", "lock", "tryLock", "readLock", "writeLock"];

interface Options {
  readonly classes?: readonly string[];
  readonly subscriptions?: readonly string[];
  readonly permits?: readonly string[];
}

const names = { type: "array", items: { type: "string" }, uniqueItems: true };

type Kind = "resource" | "subscription" | "permit";

/** What kind of thing an expression takes, if any. */
function kindOf(value: Node, options: Options): Kind | undefined {
  const call = callIn(value) ?? bare(value);
  if (call.type === "NewExpression")
    return [...CLASSES, ...(options.classes ?? [])].includes(calleeName(call) ?? "") ? "resource" : undefined;
  if (call.type !== "CallExpression") return undefined;
  const name = calleeName(call) ?? "";
  if ([...SUBSCRIPTIONS, ...(options.subscriptions ?? [])].includes(name)) return "subscription";
  const isPermit = [...PERMITS, ...(options.permits ?? [])].includes(name) && receiverOf(call) !== undefined;
  return isPermit ? "permit" : undefined;
}

/** Locks of other makes are released on the lock itself: `lock.release()` in the same function. */
function isReleasedAtSource(context: RuleContext, call: CallExpression): boolean {
  const receiver = receiverOf(call);
  const owner = enclosingFunction(call);
  if (receiver === undefined || owner === undefined) return false;
  const name = context.sourceCode.getText(receiver);
  const body = context.sourceCode.getText(owner.body);
  return body.includes(`${name}.release(`) || body.includes(`${name}.unlock(`);
}

/**
 * A ticker, scope, subscription or permit that is not let go of on every path.
 *
 * Damage     T25: a ticker ticks for ever, a scope keeps its tasks, a subscription keeps its closure in a live
 *            context, and a permit that is not returned makes the semaphore smaller until nobody gets one.
 * Instead    `using` or `await using`, `scope.use(...)`, or to hand it to an owner by returning or storing it.
 */
export const requireUsing: Rule = {
  meta: meta({
    description: "What has to be disposed is held with `using`, or has an owner (T25).",
    messages: {
      lost: "The {{kind}} `{{name}}` is not disposed on all paths: {{exit}} is reached without it. Hold it with `using`, or give it to `scope.use`.",
      dropped:
        "The {{kind}} from `{{maker}}` is dropped, so nothing can ever end it. Hold it with `using _ = ...`, or give it to `scope.use`.",
    },
    schema: [
      {
        type: "object",
        properties: { classes: names, subscriptions: names, permits: names },
        additionalProperties: false,
      },
    ],
  }),

  create(context: RuleContext) {
    const options = (context.options[0] ?? {}) as Options;

    const bound = (target: Node, source: Node, opens: Node): void => {
      const kind = kindOf(source, options);
      if (kind === undefined) return;
      const call = callIn(source);
      if (kind === "permit" && call !== undefined && isReleasedAtSource(context, call)) return;
      const variable = variableOf(context.sourceCode, target);
      if (variable === undefined) return;
      const loss = firstLoss(context.sourceCode, { variable, opens, release: RESOURCE });
      if (loss !== undefined)
        context.report({
          node: opens,
          messageId: "lost",
          data: { kind, name: variable.name, exit: describeLoss(loss) },
        });
    };

    const dropped = (node: CallExpression | NewExpression): void => {
      const kind = kindOf(node, options);
      if (kind === undefined || !isDropped(node)) return;
      const maker = calleeName(node) ?? "";
      // A wait for a permit is awaited; what is not is no permit, but a note that somebody has one.
      if (PERMITS.includes(maker) && !isAwaited(node)) return;
      // ignored-try-send speaks of these.
      if (maker.startsWith("try")) return;
      if (kind === "permit" && node.type === "CallExpression" && isReleasedAtSource(context, node)) return;
      context.report({ node, messageId: "dropped", data: { kind, maker } });
    };

    return {
      ...boundValues(bound),
      CallExpression: dropped,
      NewExpression: dropped,
    };
  },
};
