import type { ServerFrame, SnapshotFrame } from "@barrage/protocol";
import { CLOSE, comesBackAfter } from "@barrage/protocol";
import { clientError } from "../errors.ts";
import { backoffMs } from "./backoff.ts";
import type { BackoffSettings } from "./backoff.ts";
import { acceptBatch, acceptGap, acceptSnapshot } from "./cursor.ts";
import type { Advance, Cursor } from "./cursor.ts";
import type { Effect } from "./effects.ts";
import type { Phase, Session, TimerName } from "./state.ts";

/** What can happen to a session. `now` is the monotonic clock, `random` a fresh number in [0, 1). */
export type Input = Happening & { readonly now: number; readonly random: number };

export type Happening =
  | { readonly type: "start" }
  | { readonly type: "frame"; readonly frame: ServerFrame }
  | { readonly type: "bad-frame"; readonly detail: string }
  | { readonly type: "socket-closed"; readonly code: number; readonly reason: string }
  | { readonly type: "timer"; readonly timer: TimerName }
  | { readonly type: "token"; readonly renewed: boolean }
  | { readonly type: "retry-now" }
  /** What the connection was opened with has changed. */
  | { readonly type: "reconnect" }
  | { readonly type: "close" };

export interface Policy {
  readonly room: string;
  readonly backoff: BackoffSettings;
  /** Time a server has from opening the socket to the snapshot, ms. */
  readonly handshakeMs: number;
  /** Time a server has to answer a ping with any frame, ms. */
  readonly pongMs: number;
  /** A connection that lived this long was a good one: the backoff starts over, ms. */
  readonly stableMs: number;
  readonly canRefresh: boolean;
}

export interface Step {
  readonly session: Session;
  readonly effects: readonly Effect[];
}

/** Close code of our own side: a normal end, and one after which we come back. Both are allowed to browsers. */
export const LEAVE = { code: 1000, reason: "" } as const;
const ABANDON = { code: 3000, reason: "resume" } as const;
/** What the platform reports when a connection broke without a close frame. */
const ABNORMAL = 1006;

const DISARM_ALL: readonly Effect[] = (["handshake", "heartbeat", "silence", "retry"] as const).map(
  (timer) => ({
    type: "disarm",
    timer,
  }),
);

/** When something happened, and by which rules it is judged. */
interface At {
  readonly now: number;
  readonly random: number;
  readonly policy: Policy;
}

/** The whole behaviour of a session. Pure: all that is done is in the effects. */
export function step(session: Session, input: Input, policy: Policy): Step {
  const at: At = { now: input.now, random: input.random, policy };
  const { phase } = session;
  if (phase.name === "closed") return { session, effects: [] };
  switch (input.type) {
    case "start":
      return connect(session, phase.attempt, policy);
    case "close":
      return finish(session, LEAVE, true);
    case "retry-now":
      return phase.name === "waiting"
        ? retry(session, phase.needsToken, phase.attempt, policy)
        : stay(session);
    case "reconnect":
      return reconnect(session, policy);
    case "token":
      return phase.name === "refreshing" ? afterRefresh(session, input.renewed, at) : stay(session);
    case "socket-closed":
      return afterClose(session, input, at);
    case "bad-frame":
      return fault(session, input.detail, at);
    case "timer":
      return onTimer(session, input.timer, at);
    case "frame":
      return onFrame(session, input.frame, at);
  }
}

const stay = (session: Session, ...effects: readonly Effect[]): Step => ({ session, effects });

function connect(session: Session, attempt: number, policy: Policy): Step {
  return {
    session: { ...session, phase: { name: "connecting", attempt } },
    effects: [
      { type: "arm", timer: "handshake", ms: policy.handshakeMs },
      { type: "open" },
      { type: "state", state: { type: "connecting", attempt } },
    ],
  };
}

function reconnect(session: Session, policy: Policy): Step {
  const next = connect(session, 0, policy);
  return { ...next, effects: [...DISARM_ALL, { type: "drop", ...ABANDON }, ...next.effects] };
}

function finish(session: Session, why: { code: number; reason: string }, drop: boolean): Step {
  const letGo: readonly Effect[] = drop ? [{ type: "drop", ...why }] : [];
  return {
    session: { ...session, phase: { name: "closed" } },
    effects: [...DISARM_ALL, ...letGo, { type: "state", state: { type: "closed", ...why } }],
  };
}

/** The present connection is over, ours or theirs; wait and come back. */
function wait(session: Session, code: number, at: At): Step {
  const { phase, comeBackMs } = session;
  const isStable = phase.name === "live" && at.now - phase.liveAt >= at.policy.stableMs;
  const attempt = isStable || phase.name === "closed" ? 0 : phase.attempt;
  const retryInMs = comeBackMs ?? backoffMs(at.policy.backoff, attempt, at.random);
  const needsToken = code === CLOSE.TOKEN_EXPIRED.code;
  return {
    session: {
      ...session,
      comeBackMs: undefined,
      phase: { name: "waiting", attempt: attempt + 1, needsToken },
    },
    effects: [
      ...DISARM_ALL,
      { type: "arm", timer: "retry", ms: retryInMs },
      { type: "state", state: { type: "waiting", retryInMs, code } },
    ],
  };
}

function afterClose(session: Session, closed: { code: number; reason: string }, at: At): Step {
  const { code, reason } = closed;
  // With the same token it would only be sent away again.
  const isStuck = code === CLOSE.TOKEN_EXPIRED.code && !at.policy.canRefresh;
  if (!comesBackAfter(code) || isStuck) return finish(session, { code, reason }, false);
  return wait(session, code, at);
}

function abandon(session: Session, at: At): Step {
  const waiting = wait(session, ABNORMAL, at);
  return { ...waiting, effects: [{ type: "drop", ...ABANDON }, ...waiting.effects] };
}

function fault(session: Session, detail: string, at: At): Step {
  const next = abandon(session, at);
  const error = clientError("BARRAGE_CLIENT_FAULT", { detail });
  return { ...next, effects: [...next.effects, { type: "fault", error }] };
}

function retry(session: Session, needsToken: boolean, attempt: number, policy: Policy): Step {
  if (!needsToken) {
    const connecting = connect(session, attempt, policy);
    return { ...connecting, effects: [{ type: "disarm", timer: "retry" }, ...connecting.effects] };
  }
  return {
    session: { ...session, phase: { name: "refreshing", attempt } },
    effects: [{ type: "disarm", timer: "retry" }, { type: "refresh-token" }],
  };
}

function afterRefresh(session: Session, renewed: boolean, at: At): Step {
  const attempt = session.phase.name === "refreshing" ? session.phase.attempt : 0;
  if (renewed) return connect(session, attempt, at.policy);
  const waiting = wait(session, CLOSE.TOKEN_EXPIRED.code, at);
  const error = clientError("BARRAGE_CLIENT_TOKEN_REFRESH");
  return { ...waiting, effects: [...waiting.effects, { type: "fault", error }] };
}

function onTimer(session: Session, timer: TimerName, at: At): Step {
  const { phase } = session;
  switch (timer) {
    case "retry":
      return phase.name === "waiting"
        ? retry(session, phase.needsToken, phase.attempt, at.policy)
        : stay(session);
    case "heartbeat":
      return phase.name === "live" ? beat(session, phase, at) : stay(session);
    case "handshake":
      return phase.name === "connecting" ? abandon(session, at) : stay(session);
    case "silence":
      return phase.name === "live" ? abandon(session, at) : stay(session);
  }
}

type Live = Extract<Phase, { name: "live" }>;

function beat(session: Session, phase: Live, at: At): Step {
  const ping: readonly Effect[] = [
    { type: "ping" },
    { type: "arm", timer: "heartbeat", ms: phase.heartbeatMs },
  ];
  // One that is still unanswered keeps its deadline, or a fast heartbeat would put it off for ever.
  if (phase.asked) return { session, effects: ping };
  const silence: Effect = { type: "arm", timer: "silence", ms: at.policy.pongMs };
  return { session: { ...session, phase: { ...phase, asked: true } }, effects: [...ping, silence] };
}

function onFrame(session: Session, frame: ServerFrame, at: At): Step {
  const { phase } = session;
  if (phase.name === "connecting") {
    if (frame.type === "snapshot") return goLive(session, frame, at);
    // A refusal may come before the room is shown; its close code follows and decides.
    if (frame.type === "error" || frame.type === "bye") return onLive(session, frame, at);
    return fault(session, "a frame came before the snapshot", at);
  }
  if (phase.name !== "live") return stay(session);
  if (!phase.asked) return onLive(session, frame, at);
  const next = onLive({ ...session, phase: { ...phase, asked: false } }, frame, at);
  return { ...next, effects: [{ type: "disarm", timer: "silence" }, ...next.effects] };
}

function onLive(session: Session, frame: ServerFrame, at: At): Step {
  switch (frame.type) {
    case "batch":
      if (frame.room_id !== at.policy.room) return fault(session, "a batch of another room", at);
      return advanced(session, acceptBatch(session.cursor, frame), at, (items) =>
        // A batch that was seen before tells nothing new.
        session.cursor.chain >= frame.seq ? [] : [{ type: "batch", frame, items }],
      );
    case "gap":
      return advanced(session, acceptGap(session.cursor, frame), at, () => []);
    case "snapshot":
      return fault(session, "a second snapshot", at);
    case "ack":
    case "error":
      return stay(session, { type: "settle", frame });
    case "viewers":
      return stay(session, { type: "viewers", frame });
    case "pong":
      return stay(session, { type: "pong", frame });
    case "bye":
      return stay({ ...session, comeBackMs: frame.retry_ms });
  }
}

function goLive(session: Session, frame: SnapshotFrame, at: At): Step {
  const { heartbeat_ms: heartbeatMs } = frame.limits;
  const attempt = session.phase.name === "closed" ? 0 : session.phase.attempt;
  const live: Session = {
    ...session,
    phase: { name: "live", attempt, liveAt: at.now, heartbeatMs, asked: false },
  };
  return advanced(live, acceptSnapshot(session.cursor, frame), at, (items) => [
    { type: "disarm", timer: "handshake" },
    { type: "arm", timer: "heartbeat", ms: heartbeatMs },
    { type: "flush-outbox" },
    { type: "state", state: { type: "live", resumed: frame.resumed } },
    { type: "snapshot", frame, items },
  ]);
}

function advanced(
  session: Session,
  advance: Advance,
  at: At,
  effectsOf: (items: Extract<Advance, { kind: "applied" }>["items"]) => readonly Effect[],
): Step {
  const next: Session = { ...session, cursor: advance.cursor };
  if (advance.kind === "fault") {
    const broken = fault(next, advance.detail, at);
    return hasRestarted(session.cursor, advance.cursor) ? tellRestart(broken, session.cursor) : broken;
  }
  const told = advance.gaps.map((gap): Effect => ({ type: "gap", gap }));
  return { session: next, effects: [...effectsOf(advance.items), ...told] };
}

const hasRestarted = (before: Cursor, after: Cursor): boolean =>
  before.last !== undefined && after.last === undefined;

/** What the old log held beyond us nobody can know. */
function tellRestart(next: Step, before: Cursor): Step {
  const from = before.last ?? 0;
  const gap: Effect = { type: "gap", gap: { from, to: from, count: null, reason: "expired" } };
  return { ...next, effects: [...next.effects, gap] };
}
