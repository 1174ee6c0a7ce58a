import { dispose } from "../dispose.ts";
import { type CancelledError, DeadlineExceededError, InvalidArgumentError, KernelError } from "../errors.ts";
import { probe } from "../task/probe.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { Clock, TimerHandle } from "../time/clock.ts";
import { Callback } from "./callback.ts";
import type { CancelLink } from "./cancel-link.ts";
import { Cancellation } from "./cancellation.ts";
import type { CancelSignal } from "./cancel-signal.ts";
import type { CancellableContext, CancellableOptions, Context, Key } from "./context.ts";

interface ValueEntry {
  readonly key: unknown;
  readonly value: unknown;
  readonly rest: ValueEntry | undefined;
}

/** What a derived node shares with its parent, unless it sets something anew. */
interface Inherited {
  readonly clock: Clock;
  readonly values: ValueEntry | undefined;
  readonly deadline: number | undefined;
}

/** The one implementation of {@link Context}: a node of the cancel tree, or a view of one with more values. */
export class ContextNode implements CancelLink, CancellableContext {
  declare upstream: ContextNode | undefined;
  declare previous: CancelLink | undefined;
  declare next: CancelLink | undefined;
  declare readonly name: string;
  /** The task on whose behalf this context is used; parked waits show up there. */
  declare record: TaskRecord | undefined;
  declare private readonly inherited: Inherited;
  /** The node that is cancelled for this one: itself, or for a view the node it is a view of. */
  declare private readonly node: ContextNode;
  /** `fixed`: nothing cancels it here; `task`: it is the one that a task was given. */
  declare private role: "fixed" | "branch" | "task";
  declare private head: CancelLink | undefined;
  declare private tail: CancelLink | undefined;
  declare private cancellation: Cancellation | undefined;
  declare private timer: TimerHandle | undefined;
  declare private controller: AbortController | undefined;

  private constructor(
    inherited: Inherited,
    name: string,
    record: TaskRecord | undefined,
    view?: ContextNode,
  ) {
    this.upstream = undefined;
    this.previous = undefined;
    this.next = undefined;
    this.name = name;
    this.record = record;
    this.inherited = inherited;
    this.node = view ?? this;
    this.role = "fixed";
    this.head = undefined;
    this.tail = undefined;
    this.cancellation = undefined;
    this.timer = undefined;
    this.controller = undefined;
  }

  static root(clock: Clock, name: string): ContextNode {
    return new ContextNode({ clock, values: undefined, deadline: undefined }, name, undefined);
  }

  get clock(): Clock {
    return this.inherited.clock;
  }

  get deadline(): number | undefined {
    return this.inherited.deadline;
  }

  get cancelled(): boolean {
    return this.node.cancellation !== undefined;
  }

  get cause(): unknown {
    return this.node.cancellation?.cause;
  }

  /** What a wait on this context throws; undefined while live. */
  get cancelError(): CancelledError | undefined {
    return this.node.cancellation?.error;
  }

  get signal(): CancelSignal {
    const { node } = this;
    if (node.controller === undefined) {
      node.controller = new AbortController();
      if (node.cancellation !== undefined) node.controller.abort(node.cancellation.error);
    }
    return node.controller.signal;
  }

  throwIfCancelled(): void {
    const { cancellation } = this.node;
    if (cancellation !== undefined) throw cancellation.error;
  }

  value<T>(key: Key<T>): T | undefined {
    for (let entry = this.inherited.values; entry !== undefined; entry = entry.rest) {
      if (entry.key === key) return entry.value as T;
    }
    return undefined;
  }

  with<T>(key: Key<T>, value: T): Context {
    const { clock, deadline, values: rest } = this.inherited;
    const inherited = { clock, deadline, values: { key, value, rest } };
    return new ContextNode(inherited, this.name, this.record, this.node);
  }

  detached(): Context {
    const { clock, values } = this.inherited;
    return new ContextNode({ clock, values, deadline: undefined }, this.name, undefined);
  }

  cancellable(options?: CancellableOptions): ContextNode {
    const own = options === undefined ? undefined : ownDeadline(options, this.clock);
    const sooner = own !== undefined && (this.deadline === undefined || own < this.deadline);
    return this.derive(options?.name ?? this.name, sooner ? own : undefined);
  }

  /** A child with the parent's deadline, or an earlier one of its own that it keeps a timer for. */
  derive(name: string, earlier?: number): ContextNode {
    const { inherited, node } = this;
    const own = earlier === undefined ? inherited : { ...inherited, deadline: earlier };
    const child = new ContextNode(own, name, this.record);
    child.role = "branch";
    if (node.cancellation !== undefined) {
      child.cancellation = node.cancellation;
      return child;
    }
    // A root is never cancelled, so it needs to know none of its children.
    if (node.role !== "fixed") node.link(child);
    else probe?.rooted(child);
    if (earlier !== undefined) child.armDeadline(earlier);
    return child;
  }

  /** Makes this the context of a task. */
  serve(record: TaskRecord): void {
    this.record = record;
    this.role = "task";
  }

  /** Is this the context that a task was given, rather than one derived from it? */
  get isOfTask(): boolean {
    return this.role === "task";
  }

  /** What is told when this is cancelled, in order. */
  *links(): Generator<CancelLink, void> {
    for (let link = this.node.head; link !== undefined; link = link.next) yield link;
  }

  private armDeadline(deadline: number): void {
    const ms = deadline - this.clock.now();
    if (ms <= 0) return this.expire();
    this.timer = this.clock.setTimer(ms, () => {
      this.timer = undefined;
      this.expire();
    });
  }

  private expire(): void {
    this.cancel(new DeadlineExceededError(this.name));
  }

  onCancel(fn: (cause: unknown) => void): Disposable {
    const callback = new Callback(fn);
    if (!this.listen(callback)) callback.onCancelled(this);
    return callback;
  }

  /** Puts an entry in the list of what to tell; false when it is too late for that. */
  listen(link: CancelLink): boolean {
    const { node } = this;
    if (node.cancellation !== undefined) return false;
    if (node.role !== "fixed") node.link(link);
    return true;
  }

  private link(link: CancelLink): void {
    link.upstream = this;
    link.previous = this.tail;
    if (this.tail === undefined) this.head = link;
    else this.tail.next = link;
    this.tail = link;
  }

  unlink(link: CancelLink): void {
    const { previous, next } = link;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.tail = previous;
    else next.previous = previous;
    link.upstream = link.previous = link.next = undefined;
  }

  cancel(cause?: unknown): void {
    if (this.cancellation !== undefined || this.role === "fixed") return;
    this.upstream?.unlink(this);
    const cancellation = new Cancellation(this.name, cause);
    if (this.head !== undefined) return this.cancelTree(cancellation);
    this.mark(cancellation);
    this.onCancelled();
  }

  private mark(cancellation: Cancellation): void {
    this.cancellation = cancellation;
    if (probe !== undefined && this.isOfTask && this.record !== undefined) probe.cancelled(this.record);
    if (this.timer !== undefined) {
      this.clock.clearTimer(this.timer);
      this.timer = undefined;
    }
  }

  // The whole tree is marked, and its signals aborted, before anyone is told, so no callback or wait can see it half
  // cancelled; a list instead of recursion, so a deep tree cannot overflow the stack.
  private cancelTree(cancellation: Cancellation): void {
    const told: CancelLink[] = [];
    const nodes: ContextNode[] = [this];
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as ContextNode;
      node.mark(cancellation);
      for (let link = node.head; link !== undefined; link = node.head) {
        node.unlink(link);
        if (link instanceof ContextNode) nodes.push(link);
        else told.push(link);
      }
    }
    for (const node of nodes) node.onCancelled();
    for (const link of told) link.onCancelled(this);
  }

  onCancelled(): void {
    if (this.controller !== undefined) this.controller.abort(this.cancelError);
  }

  [dispose](): void {
    this.cancel();
  }
}

function ownDeadline(options: CancellableOptions, clock: Clock): number | undefined {
  const { timeout, deadline } = options;
  if (timeout === undefined) return deadline;
  if (!(timeout >= 0)) throw new InvalidArgumentError("timeout", "0 or more ms", timeout);
  const after = clock.now() + timeout;
  return deadline === undefined ? after : Math.min(after, deadline);
}

/** The node behind a context of this kernel. */
export function nodeOf(context: Context): ContextNode {
  if (context instanceof ContextNode) return context;
  throw new KernelError("KERNEL_FOREIGN", { name: "context" });
}
