import type { Context } from "@barrage/kernel";
import { BarrageError, protocolError } from "@barrage/protocol";
import type { Author, DanmakuEntry, Entry, Publish } from "@barrage/protocol";
import type {
  WordChecker,
  Caller,
  GiftBody,
  OnBehalf,
  Publisher,
  PublishOutcome,
  SuperchatBody,
} from "../engine.ts";
import type { EngineEvent } from "../events.ts";
import type { AppendOutcome, AppendRequest, IdempotencyKey, LogWriter, Soon } from "../ports/index.ts";
import type { RoomState } from "../room/state.ts";
import { isLater } from "../soon.ts";
import { inSpan, TRACEPARENT } from "../tracing/tracing.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { Admission, Leave } from "./admission.ts";
import { isTrusted } from "./admission.ts";
import { keyOf } from "./idempotency.ts";
import { Inflight } from "./inflight.ts";

export interface IngestParts {
  readonly log: Pick<LogWriter, "append" | "appendAll" | "hold" | "lookup">;
  readonly admission: Admission;
  readonly requireRoom: (room: string, ctx: Context) => Soon<RoomState>;
  readonly checkWords: WordChecker;
  readonly newId: () => string;
  readonly onEvent: (event: EngineEvent) => void;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/** A record that has passed every check, and what the keyword list wants done with it. */
interface Checked {
  readonly entry: Entry;
  readonly heldFor?: readonly string[];
}

/** Rows of one transaction of an import: some tens of ms, so that live appends are not held up for longer. */
const IMPORT_CHUNK = 500;

/** The way in: address limit, room, standing, rate, words, slow mode, log. Cheapest check first. */
export class Ingest implements Publisher {
  private readonly parts: IngestParts;
  readonly inflight = new Inflight();

  constructor(parts: IngestParts) {
    this.parts = parts;
  }

  danmaku(
    caller: Caller,
    room: string,
    body: Publish & Pick<OnBehalf, "author">,
    ctx: Context,
  ): Promise<PublishOutcome> {
    return this.publish(caller, room, ctx, (base) => {
      const { author: _, ...said } = body;
      return { kind: "danmaku", ...base(body.author), ...said };
    });
  }

  superchat(caller: Caller, room: string, body: SuperchatBody, ctx: Context): Promise<PublishOutcome> {
    requireService(caller);
    return this.publish(caller, room, ctx, (base) => {
      const { author, ...said } = body;
      return { kind: "superchat", ...base(author), ...said };
    });
  }

  gift(caller: Caller, room: string, body: GiftBody, ctx: Context): Promise<PublishOutcome> {
    requireService(caller);
    return this.publish(caller, room, ctx, (base) => {
      const { author, ...said } = body;
      return { kind: "gift", ...base(author), ...said };
    });
  }

  like(
    caller: Caller,
    room: string,
    body: { readonly count: number; readonly client_msg_id?: string },
    ctx: Context,
  ): Promise<PublishOutcome> {
    const { count, client_msg_id } = body;
    const id = client_msg_id === undefined ? {} : { client_msg_id };
    return this.publish(caller, room, ctx, (base) => ({ kind: "like", ...base(), count, ...id }));
  }

  enter(caller: Caller, room: string, ctx: Context): Promise<PublishOutcome> {
    return this.publish(caller, room, ctx, (base) => ({ kind: "enter", ...base() }));
  }

  async import(
    caller: Caller,
    room: string,
    requests: readonly AppendRequest[],
    ctx: Context,
  ): Promise<number> {
    if (caller.principal.role !== "service" && caller.principal.role !== "host") {
      throw protocolError("BARRAGE_FORBIDDEN", { role: "host" });
    }
    this.inflight.enter();
    try {
      await this.parts.requireRoom(room, ctx);
      let fresh = 0;
      for (let i = 0; i < requests.length; i += IMPORT_CHUNK) {
        const chunk = requests
          .slice(i, i + IMPORT_CHUNK)
          .map((request) => ({ ...request, room, live: false }));
        const outcomes = await this.parts.log.appendAll(chunk, ctx);
        fresh += outcomes.filter(({ status }) => status === "appended").length;
      }
      return fresh;
    } finally {
      this.inflight.leave();
    }
  }

  private async publish(
    caller: Caller,
    room: string,
    ctx: Context,
    make: (base: (onBehalf?: OnBehalf["author"]) => Omit<DanmakuEntry, "kind" | keyof Publish>) => Entry,
  ): Promise<PublishOutcome> {
    this.inflight.enter();
    try {
      const span = this.parts.tracing?.begin("publish", ctx.value(TRACEPARENT), { "barrage.room": room });
      const trace = span === undefined ? {} : { trace: span.traceparent };
      return await inSpan(span, async () => {
        const address = this.parts.admission.checkAddress(caller, ctx);
        if (isLater(address)) await address;
        const entry = make((onBehalf) => ({
          id: this.parts.newId(),
          at: ctx.clock.wall(),
          author: authorOf(caller, onBehalf),
          ...trace,
        }));
        const key = keyOf(room, entry);
        const found = this.parts.requireRoom(room, ctx);
        const state = isLater(found) ? await found : found;
        try {
          return await this.checkAndAppend(caller, state, { entry, key }, ctx);
        } catch (refusal) {
          const first = await this.firstAnswer(refusal, room, key, ctx);
          if (first === undefined) throw refusal;
          return first;
        }
      });
    } finally {
      this.inflight.leave();
    }
  }

  private async checkAndAppend(
    caller: Caller,
    state: RoomState,
    { entry, key }: { entry: Entry; key: IdempotencyKey | undefined },
    ctx: Context,
  ): Promise<PublishOutcome> {
    const { admission, log } = this.parts;
    admission.checkStanding(state, entry.author, entry.at);
    const rate = admission.checkRate(state, caller, entry.author, ctx);
    if (isLater(rate)) await rate;
    const checked = this.checkWords(entry);
    const entered = this.enterModes(state, checked.entry, key, ctx);
    const leaveModes = isLater(entered) ? await entered : entered;
    try {
      const room = state.id;
      const outcome =
        checked.heldFor === undefined
          ? await log.append({ room, entry: checked.entry, ...(key === undefined ? {} : { key }) }, ctx)
          : await log.hold({ room, entry: checked.entry, matched: checked.heldFor }, key, ctx);
      return answerOf(room, outcome);
    } catch (error) {
      const left = leaveModes(ctx);
      if (isLater(left)) await left;
      throw error;
    }
  }

  /** Slow and unique mode mean danmaku alone. */
  private enterModes(
    state: RoomState,
    entry: Entry,
    key: IdempotencyKey | undefined,
    ctx: Context,
  ): Soon<Leave> {
    if (entry.kind !== "danmaku") return () => undefined;
    const { id, author, content } = entry;
    const said = { id, author, content, key: key === undefined ? undefined : `${author.uid}\n${key.id}` };
    return this.parts.admission.enterModes(state, said, ctx);
  }

  private checkWords(entry: Entry): Checked {
    if (!("content" in entry) || isTrusted(entry.author)) return { entry };
    const { verdict, content, matched } = this.parts.checkWords(entry.content);
    this.parts.onEvent({ type: "verdict", verdict });
    switch (verdict) {
      case "allow":
        return { entry };
      case "mask":
        return { entry: { ...entry, content } };
      case "hold":
        return { entry, heldFor: matched };
      case "reject":
        throw protocolError("BARRAGE_REJECTED");
    }
  }

  /**
   * A retry is answered like its first try, whatever has changed since: the user's bucket is empty, slow mode counts
   * the first one, the room has closed. Only a refusal pays for this look-up.
   */
  private async firstAnswer(
    refusal: unknown,
    room: string,
    key: IdempotencyKey | undefined,
    ctx: Context,
  ): Promise<PublishOutcome | undefined> {
    if (key === undefined || !BarrageError.is(refusal) || refusal.code === "BARRAGE_IDEMPOTENCY_CONFLICT")
      return undefined;
    const status = refusal.spec.http ?? 500;
    if (status >= 500) return undefined;
    const first = await this.parts.log.lookup(key, ctx);
    return first === undefined ? undefined : answerOf(room, first);
  }
}

export function answerOf(room: string, outcome: AppendOutcome): PublishOutcome {
  return outcome.status === "held"
    ? { id: outcome.id, room_id: room, held: true }
    : { id: outcome.id, room_id: room, seq: outcome.seq };
}

function requireService({ principal }: Caller): void {
  if (principal.role !== "service") throw protocolError("BARRAGE_FORBIDDEN", { role: "service" });
}

function authorOf({ principal }: Caller, onBehalf: OnBehalf["author"]): Author {
  if (onBehalf === undefined) return principal;
  if (principal.role !== "service") throw protocolError("BARRAGE_FORBIDDEN", { role: "service" });
  return { uid: onBehalf.uid, name: onBehalf.name, role: "viewer" };
}
