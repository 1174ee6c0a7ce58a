import type { Context } from "../context/context.ts";
import { type ContextNode, nodeOf } from "../context/context-node.ts";
import { background } from "../context/root.ts";
import { KernelError } from "../errors.ts";
import type { Line, LineEntry } from "../line.ts";
import { Parked, type Waitable } from "../parked.ts";
import { probe } from "../task/probe.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { Clock, TimerHandle } from "../time/clock.ts";
import { nextTurnWith, spent } from "../time/turn.ts";
import { AfterCase, type Case, ReceiveCase, SendCase } from "./cases.ts";
import type { Exchange, Taken } from "./exchange.ts";
import type { WaitingReceiver, WaitingSender } from "./waiting.ts";

export type Cases = Readonly<Record<string, Case<unknown>>>;

/** The case that was chosen, by its name, with what it gave. A name is a string, also where it looks like a number. */
export type Selected<C extends Cases> = {
  [K in keyof C & (string | number)]: { case: `${K}`; value: C[K] extends Case<infer V> ? V : never };
}[keyof C & (string | number)];

interface Choice {
  readonly case: string;
  readonly value: unknown;
}

/** One alternative of a select that waits. */
interface Arm {
  withdraw(): void;
}

/** Does the one before in the line belong to the same select? Arms line up in one step, so theirs are neighbours. */
function standsTwice(before: object | undefined, owner: ParkedSelect): boolean {
  return before !== undefined && (before as { readonly owner?: ParkedSelect }).owner === owner;
}

class ReceiveArm implements Arm, WaitingReceiver<unknown> {
  line: Line<LineEntry> | undefined = undefined;
  before: LineEntry | undefined = undefined;
  after: LineEntry | undefined = undefined;
  readonly owner: ParkedSelect;
  private readonly name: string;

  constructor(owner: ParkedSelect, name: string, exchange: Exchange<unknown>) {
    this.owner = owner;
    this.name = name;
    exchange.receivers.push(this);
    if (standsTwice(this.before, owner)) owner.twice = true;
  }

  resolve(taken: Taken<unknown>): void {
    this.owner.choose({ case: this.name, value: taken });
  }

  get waiter(): TaskRecord | undefined {
    return this.owner.wait.waiter;
  }

  withdraw(): void {
    this.line?.remove(this);
  }
}

class SendArm implements Arm, WaitingSender<unknown> {
  line: Line<LineEntry> | undefined = undefined;
  before: LineEntry | undefined = undefined;
  after: LineEntry | undefined = undefined;
  readonly value: unknown;
  readonly owner: ParkedSelect;
  private readonly name: string;
  private readonly exchange: Exchange<unknown>;

  constructor(owner: ParkedSelect, name: string, from: SendCase, exchange: Exchange<unknown>) {
    this.owner = owner;
    this.name = name;
    this.value = from.value;
    this.exchange = exchange;
    exchange.senders.push(this);
    if (standsTwice(this.before, owner)) owner.twice = true;
  }

  get waiter(): TaskRecord | undefined {
    return this.owner.wait.waiter;
  }

  resolve(): void {
    this.owner.choose({ case: this.name, value: undefined });
  }

  reject(error: Error): void {
    this.owner.fail(error);
  }

  withdraw(): void {
    this.line?.remove(this);
    this.exchange.abandoned();
  }
}

class AfterArm implements Arm {
  private readonly clock: Clock;
  private readonly timer: TimerHandle;

  constructor(owner: ParkedSelect, name: string, ms: number, clock: Clock) {
    this.clock = clock;
    this.timer = clock.setTimer(ms, () => owner.choose({ case: name, value: undefined }));
  }

  withdraw(): void {
    this.clock.clearTimer(this.timer);
  }
}

/** A select that found nothing ready. Whichever arm is met first takes all the others out of their lines. */
class ParkedSelect implements Waitable<object> {
  readonly wait = new Parked<Choice>(this, undefined);
  /** Two arms stand in the same line. */
  twice = false;
  private arms: Arm[] = [];

  constructor(cases: Cases, names: readonly string[], clock: Clock) {
    this.lineUp(cases, names, clock);
    if (!this.twice) return;
    // Of two in one line the first is always the one that is met: only a random order makes the choice fair.
    this.withdraw();
    this.arms = [];
    this.lineUp(cases, shuffled(names), clock);
  }

  private lineUp(cases: Cases, names: readonly string[], clock: Clock): void {
    for (const name of names) {
      const one = cases[name];
      if (one instanceof AfterCase) this.arms.push(new AfterArm(this, name, one.ms, clock));
      else if (one instanceof ReceiveCase && one.exchange !== undefined) {
        this.arms.push(new ReceiveArm(this, name, one.exchange));
      } else if (one instanceof SendCase && one.exchange !== undefined) {
        this.arms.push(new SendArm(this, name, one, one.exchange));
      }
    }
  }

  choose(choice: Choice): void {
    this.withdraw();
    this.wait.resolve(choice);
  }

  fail(error: Error): void {
    this.withdraw();
    this.wait.reject(error);
  }

  abandoned(): void {
    this.withdraw();
  }

  private withdraw(): void {
    for (const arm of this.arms) arm.withdraw();
  }
}

function shuffled(names: readonly string[]): readonly string[] {
  const order = [...names];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    const name = order[i] as string;
    order[i] = order[j] as string;
    order[j] = name;
  }
  return order;
}

function isReady(one: Case<unknown> | undefined): boolean {
  if (one instanceof ReceiveCase) return one.exchange?.givesReceive ?? false;
  return one instanceof SendCase && (one.exchange?.takesSend ?? false);
}

/**
 * Carries out one of the ready cases, each of them with the same chance, in one pass. By `for in`, because V8 reads the
 * values along with the names then, without a list of either.
 */
function chooseReady(cases: Cases): Choice | KernelError | undefined {
  let name = "";
  let picked: Case<unknown> | undefined;
  let ready = 0;
  for (const each in cases) {
    const one = cases[each];
    if (!isReady(one)) continue;
    ready += 1;
    if (ready > 1 && Math.random() * ready >= 1) continue;
    name = each;
    picked = one;
  }
  return picked === undefined ? undefined : perform(name, picked);
}

/** Carries out a case that is known to be ready; an error when it is a send to a closed channel. */
function perform(name: string, one: Case<unknown>): Choice | KernelError {
  if (one instanceof ReceiveCase) return { case: name, value: one.exchange?.take() };
  if (one instanceof SendCase) {
    if (one.exchange?.closed === true) return one.exchange.closedError();
    one.exchange?.place(one.value);
  }
  return { case: name, value: undefined };
}

/**
 * Waits until one of the cases can go ahead and carries out that one, and no other.
 *
 * Shape      among several ready cases each has the same chance.
 * Bounds     a case not chosen moves no value and leaves nothing in its channel (KN-82).
 * Cost       O(cases).
 * Errors     KERNEL_CHANNEL_CLOSED when the chosen case is a send to a closed channel; the cancel error of `ctx`.
 */
export function select<C extends Cases>(cases: C, ctx: Context = background): Promise<Selected<C>> {
  // The names of the choice are the names of the cases; the types of the parts cannot say so.
  return choose(cases, nodeOf(ctx)) as Promise<Selected<C>>;
}

function choose(cases: Cases, node: ContextNode): Promise<Choice> {
  const refused = node.cancelError;
  if (refused !== undefined) return Promise.reject(refused);
  const choice = chooseReady(cases);
  if (choice === undefined) {
    const names = Object.keys(cases);
    const { wait: parked } = new ParkedSelect(cases, names, node.clock);
    parked.park(node, "select", node.record === undefined ? "" : names.join(" | "));
    if (node.record === undefined && probe !== undefined) parked.note("select", names.join(" | "));
    return parked.promise;
  }
  if (choice instanceof KernelError) return Promise.reject(choice);
  return spent() ? nextTurnWith(choice) : Promise.resolve(choice);
}

/** Select with a default: undefined when no case is ready now. An `after` case is never ready now. */
export function trySelect<C extends Cases>(cases: C): Selected<C> | undefined {
  const choice = chooseReady(cases);
  if (choice instanceof KernelError) throw choice;
  return choice as Selected<C> | undefined;
}
