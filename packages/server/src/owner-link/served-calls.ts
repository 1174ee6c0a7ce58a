import { TRACEPARENT } from "@barrage/engine";
import type { CancellableContext, Context, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Serve } from "./calls.ts";
import { encodeFrame } from "./codec.ts";
import { errorToLink } from "./error-on-link.ts";
import type { WorkerFrames } from "./frames.ts";

/** Calls of one worker under way: it has no more than this itself, so more is no worker of ours. */
const CALLS_MAX = 65_536;

interface UnderWay {
  readonly ctx: CancellableContext;
  /** On the owner's clock. */
  readonly deadline: number;
}

/** Answers one worker's calls, each as a task of its own. */
export class ServedCalls {
  private readonly calls: ReadonlyMap<string, Serve>;
  private readonly scope: Scope;
  private readonly answer: (frame: Buffer) => void;
  private readonly onFault: (name: string, error: unknown) => void;
  private readonly underWay = new Map<number, UnderWay>();

  /** `onFault` hears of what is no coded error: the worker is only told BARRAGE_INTERNAL. */
  constructor(
    calls: ReadonlyMap<string, Serve>,
    scope: Scope,
    answer: (frame: Buffer) => void,
    onFault: (name: string, error: unknown) => void,
  ) {
    this.calls = calls;
    this.scope = scope;
    this.answer = answer;
    this.onFault = onFault;
  }

  get size(): number {
    return this.underWay.size;
  }

  begin(call: WorkerFrames["call"]): void {
    const serve = this.calls.get(call.name);
    if (serve === undefined) return this.fail(call, protocolError("BARRAGE_NOT_FOUND"));
    if (this.underWay.size >= CALLS_MAX) return this.fail(call, protocolError("BARRAGE_OVERLOADED"));
    this.scope.spawn((ctx) => this.run(call, serve, ctx), { name: call.name });
  }

  cancel(id: number): void {
    this.underWay.get(id)?.ctx.cancel();
  }

  /** Ends what has run out of time: one look for all, instead of a timer each. */
  cancelOverdue(now: number): void {
    for (const { ctx, deadline } of this.underWay.values()) if (now >= deadline) ctx.cancel();
  }

  cancelAll(): void {
    for (const { ctx } of this.underWay.values()) ctx.cancel();
  }

  private async run(call: WorkerFrames["call"], serve: Serve, parent: Context): Promise<void> {
    const { id, timeoutMs, trace } = call;
    const traced = trace === undefined ? parent : parent.with(TRACEPARENT, trace);
    using ctx = traced.cancellable();
    const deadline = timeoutMs === undefined ? Number.POSITIVE_INFINITY : ctx.clock.now() + timeoutMs;
    this.underWay.set(id, { ctx, deadline });
    try {
      const value = await serve(call.args, ctx);
      this.answer(encodeFrame("result", { id, value }));
    } catch (error) {
      this.fail(call, error);
    } finally {
      this.underWay.delete(id);
    }
  }

  private fail({ id, name }: WorkerFrames["call"], error: unknown): void {
    const told = errorToLink(error);
    if (told.code === "BARRAGE_INTERNAL") this.onFault(name, error);
    this.answer(encodeFrame("failure", { id, error: told }));
  }
}
