import type { Context } from "@barrage/kernel";
import { asProtocolError, protocolError, toPublicError } from "@barrage/protocol";
import type { AckFrame, DecodedClientFrame, ErrorFrame } from "@barrage/protocol";
import type { Principal, Publisher, PublishOutcome } from "../engine.ts";
import type { OwnFrame } from "./encoding.ts";

/** Who asks over a viewer's connection, and is answered over it. */
export interface Asker {
  readonly room: string;
  readonly principal: Principal | null;
  readonly address: string;
  /** Publishes under way. */
  publishing: number;
  /** Viewers of its room in all processes. */
  readonly viewers: number;
  send(frame: OwnFrame, items: number): void;
}

/** Whom it takes to answer. */
export interface RequestHost {
  readonly publisher: Publisher;
  /** Runs a publish as a task of the gateway, so that it is seen and ended with it. */
  spawn(name: string, body: (ctx: Context) => Promise<void>): void;
  wall(): number;
}

type Publish = Extract<DecodedClientFrame, { type: "danmu" | "like" }>;

/** Publishes of one connection that may be under way at once; the next one is refused until one is answered. */
const PUBLISHES_IN_FLIGHT = 32;

/** Does what a client's frame asks for; whatever goes wrong is answered with an error frame. */
export function answer(asker: Asker, frame: DecodedClientFrame, host: RequestHost): void {
  switch (frame.type) {
    case "ping": {
      const { t } = frame;
      const pong = { type: "pong", ts: host.wall(), viewers: asker.viewers } as const;
      return asker.send(t === undefined ? pong : { ...pong, t }, 0);
    }
    case "invalid":
      return refuse(asker, frame.error, frame.client_msg_id);
    case "danmu":
    case "like":
      return publish(asker, frame, host);
  }
}

function publish(asker: Asker, frame: Publish, host: RequestHost): void {
  const { principal, address, room } = asker;
  const id = frame.type === "danmu" ? frame.publish.client_msg_id : frame.client_msg_id;
  if (principal === null) return refuse(asker, protocolError("BARRAGE_TOKEN_MISSING"), id);
  if (asker.publishing >= PUBLISHES_IN_FLIGHT)
    return refuse(asker, protocolError("BARRAGE_RATE_LIMITED", { scope: "connection" }), id);
  asker.publishing += 1;
  const { publisher } = host;
  const caller = { principal, address };
  host.spawn("publish", async (ctx) => {
    try {
      const outcome = await (frame.type === "danmu"
        ? publisher.danmaku(caller, room, frame.publish, ctx)
        : publisher.like(caller, room, frame, ctx));
      asker.send(ackOf(outcome, id), 0);
    } catch (error) {
      refuse(asker, error, id);
    } finally {
      asker.publishing -= 1;
    }
  });
}

function refuse(asker: Asker, error: unknown, id: string | undefined): void {
  const known = asProtocolError(error);
  const after = known.fields["retryAfterMs"];
  const frame: ErrorFrame = {
    type: "error",
    ...toPublicError(known),
    ...(typeof after === "number" ? { retry_after_ms: after } : {}),
    ...(id === undefined ? {} : { client_msg_id: id }),
  };
  asker.send(frame, 0);
}

function ackOf(outcome: PublishOutcome, id: string | undefined): AckFrame {
  const own = id === undefined ? {} : { client_msg_id: id };
  return "seq" in outcome
    ? { type: "ack", ...own, id: outcome.id, seq: outcome.seq }
    : { type: "ack", ...own, id: outcome.id, held: true };
}
