import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  handleWhen,
  isBrokenCircuitError,
  SamplingBreaker,
} from "cockatiel";
import type { BulkheadPolicy, CircuitBreakerPolicy } from "cockatiel";
import { DeadlineExceededError, isCancelled, retry, RetryError, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { clusterError, isClusterError } from "../errors.ts";

export interface OutsideSettings {
  /** Longest that one try may take, ms; the deadline of the caller's context holds as well. */
  readonly timeoutMs: number;
  /** Calls of one kind under way to one node. */
  readonly maxCalls: number;
  /** Calls that wait for one of those; one more is refused. */
  readonly maxWaiting: number;
  /** Tries of a call that may be repeated, the first included. */
  readonly attempts: number;
  /** First wait between two tries at most, ms; it doubles, with full jitter. */
  readonly backoffMs: number;
}

export interface CallOptions {
  /** What is called, for messages. */
  readonly operation: string;
  /** Which server, as breakers and bulkheads know it; asked anew for each try, for a failover changes it. */
  readonly node: () => string;
  /** May the call be made twice without harm? Only then it is retried. */
  readonly repeatable: boolean;
  /** Calls of one kind have places of their own at a node; absent: the kind of all that say none. */
  readonly kind?: string;
  /** Longest that one try may take, ms, where that differs from the settings. */
  readonly timeoutMs?: number;
  /** It finds out whether the node is there: no circuit holds it up, and its answer lets the next call through. */
  readonly probes?: boolean;
}

export interface NodeHealth {
  readonly node: string;
  /** `probing`: the next call, or one under way, decides. */
  readonly circuit: "closed" | "open" | "probing";
  readonly running: number;
  readonly waiting: number;
}

export interface OutsideTotals {
  readonly calls: number;
  /** Tries that failed because the server did. */
  readonly failures: number;
  readonly retries: number;
  /** Refused unsent: the node's circuit was open. */
  readonly refusedOpen: number;
  /** Refused unsent: too many were waiting. */
  readonly refusedFull: number;
}

/** Share of failures over SAMPLE_MS above which a node's circuit opens. */
const FAILURES_TO_OPEN = 0.3;
const SAMPLE_MS = 10_000;
/** Calls per second below which a circuit never opens: of a handful, one failure would be a third. */
const CALLS_TO_JUDGE = 1;
/** How long a circuit stays open before one call is let through to probe, ms; less where the node is heard of before. */
const PROBE_AFTER_MS = 60_000;
/** No wait between two tries is longer, ms. */
const BACKOFF_MAX_MS = 2_000;

interface Guard {
  readonly circuit: CircuitBreakerPolicy;
  readonly pause: Pause;
  /** By kind of call. */
  readonly bulkheads: Map<string, BulkheadPolicy>;
}

/** How long the circuit, open, still waits: asked by it at each call. */
class Pause {
  isOver = false;

  get duration(): number {
    return this.isOver ? 0 : PROBE_AFTER_MS;
  }

  next(): this {
    return this;
  }
}

type Totals = { -readonly [K in keyof OutsideTotals]: number };

/**
 * Every call that leaves the process for one kind of server: a deadline, a bounded number at once, a circuit breaker
 * per node, and retries of what may be repeated.
 *
 * Shape      retry around bulkhead around breaker around deadline. Waits between tries are on the context's clock;
 *            the breaker's windows are on the wall clock, which is all that cockatiel knows.
 * Bounds     at most `maxCalls` of a kind under way and `maxWaiting` waiting per node; a node is forgotten by `forget`.
 * Errors     CLUSTER_CIRCUIT_OPEN, CLUSTER_TOO_MANY_CALLS, CLUSTER_TIMEOUT; what `isOutage` says no to as it is thrown;
 *            anything else as CLUSTER_UNAVAILABLE with it as cause.
 */
export class OutsideCalls {
  private readonly service: string;
  private readonly settings: OutsideSettings;
  private readonly isOutage: (error: unknown) => boolean;
  private readonly guards = new Map<string, Guard>();
  private readonly counts: Totals = { calls: 0, failures: 0, retries: 0, refusedOpen: 0, refusedFull: 0 };

  /** `isOutage`: is this error the server's failure, not an answer of it? Only outages open circuits and are retried. */
  constructor(service: string, settings: OutsideSettings, isOutage: (error: unknown) => boolean) {
    this.service = service;
    this.settings = settings;
    this.isOutage = isOutage;
  }

  get totals(): OutsideTotals {
    return this.counts;
  }

  health(): readonly NodeHealth[] {
    const { maxCalls, maxWaiting } = this.settings;
    return [...this.guards].map(([node, guard]) => {
      const { bulkheads } = guard;
      let [running, waiting] = [0, 0];
      for (const places of bulkheads.values()) {
        running += maxCalls - places.executionSlots;
        waiting += maxWaiting - places.queueSlots;
      }
      return { node, circuit: stateOf(guard), running, waiting };
    });
  }

  /** The server does not belong to the cluster any more. */
  forget(node: string): void {
    this.guards.delete(node);
  }

  /** The node has answered somebody else: if its circuit is open, the next call is let through to probe. */
  answered(node: string): void {
    const guard = this.guards.get(node);
    if (guard !== undefined) guard.pause.isOver = guard.circuit.state === CircuitState.Open;
  }

  async call<T>(options: CallOptions, send: (ctx: Context) => Promise<T>, ctx: Context): Promise<T> {
    this.counts.calls += 1;
    if (!options.repeatable) return this.attempt(options, send, ctx);
    const { attempts, backoffMs } = this.settings;
    const once = (own: Context, attempt: number): Promise<T> => {
      if (attempt > 1) this.counts.retries += 1;
      return this.attempt(options, send, own);
    };
    try {
      const name = `${this.service} ${options.operation}`;
      return await retry(
        once,
        { name, attempts, base: backoffMs, max: BACKOFF_MAX_MS, retryable: isUnavailable },
        ctx,
      );
    } catch (error) {
      throw error instanceof RetryError ? error.cause : error;
    }
  }

  private async attempt<T>(
    { operation, node: nodeOf, kind = "", timeoutMs = this.settings.timeoutMs, probes = false }: CallOptions,
    send: (ctx: Context) => Promise<T>,
    ctx: Context,
  ): Promise<T> {
    const node = nodeOf();
    const { circuit, bulkheads } = this.guardOf(node);
    const places = this.placesFor(kind, bulkheads);
    const fields = { service: this.service, operation, node, timeoutMs };
    if (places.executionSlots === 0 && places.queueSlots === 0) {
      this.counts.refusedFull += 1;
      throw clusterError("CLUSTER_TOO_MANY_CALLS", fields);
    }
    // Whoever stops waiting leaves the place to the call, which the server may still be busy with.
    const timed = (): Promise<T> => this.timed(fields, send, ctx);
    const call = places.execute(() => (probes ? timed() : circuit.execute(timed)));
    try {
      const answer = await unlessCancelled(call, ctx);
      if (probes) this.answered(node);
      return answer;
    } catch (error) {
      if (ctx.cancelled && isCancelled(error)) throw error;
      if (isBrokenCircuitError(error)) {
        this.counts.refusedOpen += 1;
        throw clusterError("CLUSTER_CIRCUIT_OPEN", fields, error);
      }
      throw error;
    }
  }

  private async timed<T>(
    fields: {
      readonly service: string;
      readonly operation: string;
      readonly node: string;
      readonly timeoutMs: number;
    },
    send: (ctx: Context) => Promise<T>,
    ctx: Context,
  ): Promise<T> {
    ctx.throwIfCancelled();
    const { timeoutMs } = fields;
    using own = ctx.cancellable({ timeout: timeoutMs, name: `${this.service} ${fields.operation}` });
    try {
      return await unlessCancelled(send(own), own);
    } catch (error) {
      // A caller's deadline that passes says as much of the server as ours; a caller that hangs up says nothing.
      const isLate = error instanceof DeadlineExceededError;
      if (!isLate && (isCancelled(error) || !this.isOutage(error))) throw error;
      this.counts.failures += 1;
      if (isLate) throw clusterError("CLUSTER_TIMEOUT", fields, error);
      const reason = error instanceof Error ? error.message : String(error);
      throw clusterError("CLUSTER_UNAVAILABLE", { ...fields, reason }, error);
    }
  }

  private guardOf(node: string): Guard {
    let guard = this.guards.get(node);
    if (guard === undefined) {
      const breaker = new SamplingBreaker({
        threshold: FAILURES_TO_OPEN,
        duration: SAMPLE_MS,
        minimumRps: CALLS_TO_JUDGE,
      });
      const pause = new Pause();
      const circuit = circuitBreaker(handleWhen(isUnavailable), { breaker, halfOpenAfter: pause });
      circuit.onBreak(() => (pause.isOver = false));
      guard = { circuit, pause, bulkheads: new Map() };
      this.guards.set(node, guard);
    }
    return guard;
  }

  private placesFor(kind: string, bulkheads: Map<string, BulkheadPolicy>): BulkheadPolicy {
    let places = bulkheads.get(kind);
    if (places === undefined) {
      places = bulkhead(this.settings.maxCalls, this.settings.maxWaiting);
      bulkheads.set(kind, places);
    }
    return places;
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set(["CLUSTER_TIMEOUT", "CLUSTER_UNAVAILABLE"]);
const isUnavailable = (error: unknown): boolean => isClusterError(error) && UNAVAILABLE.has(error.code);

function stateOf({ circuit: { state }, pause }: Guard): NodeHealth["circuit"] {
  if (state === CircuitState.Closed) return "closed";
  return state === CircuitState.HalfOpen || pause.isOver ? "probing" : "open";
}
