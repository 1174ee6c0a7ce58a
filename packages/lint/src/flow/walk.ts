import type {
  ForEach,
  ForStatement,
  LabeledStatement,
  Node,
  SwitchStatement,
  TryStatement,
  WhileLoop,
} from "../ast/nodes.ts";
import type { SourceCode } from "../ast/rule.ts";
import { Expressions } from "./expressions.ts";
import type { Leap, Loss, Marks, State } from "./state.ts";
import { ABSENT, isOpen, UNREACHABLE } from "./state.ts";

type AnyLoop = ForEach | ForStatement | WhileLoop;

const isForEach = (node: AnyLoop): node is ForEach =>
  node.type === "ForOfStatement" || node.type === "ForInStatement";

const isAlways = (test: Node | null): boolean =>
  test === null || (test.type === "Literal" && Boolean(test.value));

/**
 * Follows one held thing along every path of a function body, and collects the ways out on which it is still held.
 *
 * Shape      a walk over statements; each gives the state after it, leaps are collected on the side.
 * Bounds     a loop is walked until its state stands still: at most as often as a state has bits.
 * Source     the question is that of Go's lostcancel; the answer needs no control-flow graph, since JavaScript
 *            without `goto` has only nested ways out.
 */
export class PathWalk {
  private readonly expressions: Expressions;
  private leaps: Leap[] = [];
  private readonly again: Loss[] = [];

  constructor(code: SourceCode, marks: Marks) {
    this.expressions = new Expressions(code, marks, {
      mayThrow: (node, state) => this.leap("throw", node, state),
      takenAgain: (node) => this.again.push({ kind: "again", node }),
    });
  }

  /** The ways out of `body` on which the thing is lost, in the order in which they were met. */
  losses(body: Node): Loss[] {
    const isBlock = body.type === "BlockStatement";
    const end = isBlock ? this.statement(body, ABSENT) : this.expressions.evaluate(body, ABSENT);
    const left = this.leaps
      .filter(({ kind, state }) => (kind === "return" || kind === "throw") && isOpen(state))
      .map((leap): Loss => ({ kind: leap.kind === "throw" ? "throw" : "return", node: leap.node }));
    const atEnd: Loss[] = isOpen(end) ? [{ kind: "end", node: body }] : [];
    return [...left, ...this.again, ...atEnd];
  }

  private leap(kind: Leap["kind"], node: Node, state: State, label?: string): void {
    if (state !== UNREACHABLE) this.leaps.push({ kind, node, state, label });
  }

  private statement(node: Node, before: State): State {
    if (before === UNREACHABLE) return UNREACHABLE;
    switch (node.type) {
      case "BlockStatement":
        return this.sequence(node.body, before);
      case "IfStatement": {
        const { yes, no } = this.expressions.branches(node.test, before);
        const otherwise = node.alternate === null ? no : this.statement(node.alternate, no);
        return this.statement(node.consequent, yes) | otherwise;
      }
      case "ReturnStatement":
      case "ThrowStatement": {
        const after = node.argument === null ? before : this.expressions.evaluate(node.argument, before);
        this.leap(node.type === "ReturnStatement" ? "return" : "throw", node, after);
        return UNREACHABLE;
      }
      case "BreakStatement":
      case "ContinueStatement":
        this.leap(node.type === "BreakStatement" ? "break" : "continue", node, before, node.label?.name);
        return UNREACHABLE;
      case "ForStatement":
      case "ForOfStatement":
      case "ForInStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        return this.loop(node, before, undefined);
      case "LabeledStatement":
        return this.labelled(node, before);
      case "SwitchStatement":
        return this.choice(node, before);
      case "TryStatement":
        return this.guarded(node, before);
      default:
        return this.expressions.evaluate(node, before);
    }
  }

  private sequence(statements: readonly Node[], before: State): State {
    return statements.reduce((state, statement) => this.statement(statement, state), before);
  }

  private labelled(node: LabeledStatement, before: State): State {
    const { name } = node.label;
    const { body } = node;
    const isLoop = "body" in body && body.type !== "BlockStatement" && body.type !== "LabeledStatement";
    const after = isLoop ? this.loop(body as AnyLoop, before, name) : this.statement(body, before);
    return after | this.caught(({ kind, label }) => kind === "break" && label === name);
  }

  /** Takes the leaps that end here out of the collection, and gives the union of their states. */
  private caught(isOurs: (leap: Leap) => boolean): State {
    const ours = this.leaps.filter(isOurs);
    this.leaps = this.leaps.filter((leap) => !isOurs(leap));
    return ours.reduce((state, leap) => state | leap.state, UNREACHABLE);
  }

  private loop(node: AnyLoop, before: State, label: string | undefined): State {
    const isOurs = (leap: Leap): boolean => leap.label === undefined || leap.label === label;
    let head = this.beforeLoop(node, before);
    for (;;) {
      const outer = this.leaps;
      const known = this.again.length;
      this.leaps = [];
      const { next, exit } = this.turn(node, head, isOurs);
      const isStill = (head | next) === head;
      const left = exit | this.caught((leap) => leap.kind === "break" && isOurs(leap));
      if (isStill) {
        this.leaps = [...outer, ...this.leaps];
        return left;
      }
      // Walked once more with what is known now; what this turn found would be found twice.
      this.leaps = outer;
      this.again.length = known;
      head |= next;
    }
  }

  private beforeLoop(node: AnyLoop, before: State): State {
    if (node.type === "ForStatement")
      return node.init === null ? before : this.expressions.evaluate(node.init, before);
    if (isForEach(node)) return this.expressions.evaluate(node.right, before);
    return before;
  }

  /** One turn: the state with which the next one begins, and that of a loop that ends by itself. */
  private turn(
    node: AnyLoop,
    head: State,
    isOurs: (leap: Leap) => boolean,
  ): { readonly next: State; readonly exit: State } {
    const body = (state: State): State =>
      this.statement(node.body, state) | this.caught((leap) => leap.kind === "continue" && isOurs(leap));
    if (isForEach(node)) {
      if (node.type === "ForOfStatement" && node.await === true && isOpen(head))
        this.leap("throw", node, head);
      return { next: body(this.expressions.evaluate(node.left, head)), exit: head };
    }
    if (node.type === "DoWhileStatement") {
      const tested = this.expressions.branches(node.test, body(head));
      return { next: tested.yes, exit: isAlways(node.test) ? UNREACHABLE : tested.no };
    }
    const tested = node.test === null ? { yes: head, no: head } : this.expressions.branches(node.test, head);
    const after = body(tested.yes);
    const updated =
      node.type === "ForStatement" && node.update !== null
        ? this.expressions.evaluate(node.update, after)
        : after;
    return { next: updated, exit: isAlways(node.test) ? UNREACHABLE : tested.no };
  }

  private choice(node: SwitchStatement, before: State): State {
    const asked = this.expressions.evaluate(node.discriminant, before);
    const hasDefault = node.cases.some(({ test }) => test === null);
    const outer = this.leaps;
    this.leaps = [];
    const end = node.cases.reduce(
      (fallen, { consequent }) => this.sequence(consequent, asked | fallen),
      UNREACHABLE,
    );
    const left = this.caught(({ kind, label }) => kind === "break" && label === undefined);
    this.leaps = [...outer, ...this.leaps];
    return end | left | (hasDefault ? UNREACHABLE : asked);
  }

  private guarded(node: TryStatement, before: State): State {
    const outer = this.leaps;
    this.leaps = [];
    let end = this.statement(node.block, before);
    if (node.handler !== null) {
      const thrown = this.caught(({ kind }) => kind === "throw");
      // Any call may throw: before the block did anything, and after it did everything.
      end |= this.statement(node.handler.body, thrown | before | end);
    }
    const inner = this.leaps;
    this.leaps = outer;
    const { finalizer } = node;
    if (finalizer === null) {
      this.leaps = [...outer, ...inner];
      return end;
    }
    for (const leap of inner) {
      const state = this.statement(finalizer, leap.state);
      if (state !== UNREACHABLE) this.leaps.push({ ...leap, state });
    }
    return this.statement(finalizer, end);
  }
}
