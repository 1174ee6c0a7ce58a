import type { Connection, EdgeEngine, Transport } from "@barrage/engine";
import { isCancelled, sleep } from "@barrage/kernel";
import type { CancellableContext, Context, Scope } from "@barrage/kernel";
import {
  asProtocolError,
  CLIENT_FRAME_MAX_BYTES,
  CLOSE,
  decodeGoimAuth,
  GOIM_OPERATION,
  GoimPacketCutter,
  protocolError,
  toPublicError,
} from "@barrage/protocol";
import type { GoimAuth, GoimPacket } from "@barrage/protocol";
import type { Verifier } from "../../auth/verifier.ts";
import { subEncoding } from "./encoding.ts";
import type { Carrier } from "./encoding.ts";

export interface SubParts {
  readonly engine: Pick<EdgeEngine, "gateway">;
  readonly verifier: Verifier;
  /** Owns the handshakes that are under way. */
  readonly scope: Scope;
}

export interface SubLink {
  readonly carrier: Carrier;
  readonly transport: Transport;
  readonly address: string;
}

/** How long a client may take to say who it is, ms: goim's own, and far more than a phone on a bad network needs. */
const AUTH_MS = 8_000;
/** Heartbeats with the longest bodies that clients send, and auths with a token, are well below it. */
const PACKET_MAX_BYTES = CLIENT_FRAME_MAX_BYTES;

/** Ends a link that never got into a room: an auth reply with a code, then the close. */
export function refuseSub(
  { transport, carrier }: Pick<SubLink, "transport" | "carrier">,
  error: unknown,
): void {
  const known = asProtocolError(error);
  const reply = subEncoding(carrier, 0).encode({ type: "error", ...toPublicError(known) });
  if (reply !== undefined) transport.write(reply);
  transport.close(known.spec.close ?? CLOSE.TRY_AGAIN.code, known.code);
}

/** `waiting`: nothing has been heard. `admitting`: its token is looked at. */
type State =
  | { readonly phase: "waiting"; readonly deadline: CancellableContext }
  | { readonly phase: "admitting" | "ended" }
  | { readonly phase: "joined"; readonly connection: Connection };

/**
 * One client of the goim framing, over whatever carries its bytes: first its auth, then heartbeats.
 *
 * Errors     told in an auth reply, and by the close of the link.
 */
export class SubSession {
  private readonly parts: SubParts;
  private readonly link: SubLink;
  private readonly cutter = new GoimPacketCutter(PACKET_MAX_BYTES);
  private state: State;

  constructor(parts: SubParts, link: SubLink) {
    this.parts = parts;
    this.link = link;
    const limit = parts.scope.context.cancellable({ name: "sub auth" });
    this.state = { phase: "waiting", deadline: limit };
    parts.scope.spawn((ctx) => this.expire(limit, ctx), { name: "sub auth deadline" });
  }

  receive(bytes: Uint8Array): void {
    if (this.state.phase === "ended") return;
    try {
      for (const packet of this.cutter.push(bytes)) this.take(packet);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A WebSocket message has to end where a packet does. */
  receiveWhole(bytes: Uint8Array): void {
    this.receive(bytes);
    if (!this.cutter.empty) this.fail(protocolError("BARRAGE_BAD_FRAME", { detail: "it ends too early" }));
  }

  /** Its link brought what is no packet. */
  noticed(): void {
    if (this.state.phase === "joined") this.state.connection.noticed();
  }

  drained(): void {
    if (this.state.phase === "joined") this.state.connection.drained();
  }

  /** Its link has ended. */
  gone(code: number): void {
    const before = this.end();
    if (before.phase === "joined") before.connection.gone(code);
  }

  private take({ operation, body }: GoimPacket): void {
    const { state } = this;
    if (state.phase === "joined") {
      // Any other operation is a newer client's; a heartbeat's body says nothing.
      if (operation === GOIM_OPERATION.heartbeat) state.connection.receive({ type: "ping" });
      else state.connection.noticed();
      return;
    }
    if (state.phase !== "waiting") return;
    if (operation !== GOIM_OPERATION.auth)
      throw protocolError("BARRAGE_BAD_FRAME", { detail: "its first packet is no auth" });
    const auth = decodeGoimAuth(body);
    state.deadline.cancel();
    this.state = { phase: "admitting" };
    this.parts.scope.spawn((ctx) => this.admit(auth, ctx), { name: "sub admit" });
  }

  private async admit({ room, protover, token }: GoimAuth, ctx: Context): Promise<void> {
    try {
      const verified = token === undefined ? undefined : await this.parts.verifier.verify(token);
      ctx.throwIfCancelled();
      if (this.state.phase !== "admitting") return;
      const { transport, address, carrier } = this.link;
      const connection = this.parts.engine.gateway.connect({
        room,
        principal: verified?.principal ?? null,
        address,
        transport,
        encoding: subEncoding(carrier, protover),
        ...(verified === undefined ? {} : { expiresAt: verified.expiresAt }),
      });
      this.state = { phase: "joined", connection };
    } catch (error) {
      if (isCancelled(error)) throw error;
      this.fail(error);
    }
  }

  private async expire(limit: Context, ctx: Context): Promise<void> {
    try {
      await sleep(AUTH_MS, limit);
    } catch (error) {
      if (!isCancelled(error) || ctx.cancelled) throw error;
      return;
    }
    this.fail(protocolError("BARRAGE_IDLE"));
  }

  fail(error: unknown): void {
    if (this.state.phase === "joined") return this.state.connection.fail(error);
    if (this.end().phase === "ended") return;
    refuseSub(this.link, error);
  }

  private end(): State {
    const before = this.state;
    this.state = { phase: "ended" };
    if (before.phase === "waiting") before.deadline.cancel();
    return before;
  }
}
