import type { Publish, Publisher, PublishOutcome, Speaker, Target } from "./adapter.ts";
import type { BarrageDialect } from "./barrage-dialect.ts";
import { RawWebSocket } from "./raw-web-socket.ts";
import type { SocketEvents } from "./raw-web-socket.ts";

/** Publishes without an outcome yet, all users together; one more is refused here. */
const UNDER_WAY_MAX = 32_768;
/** Connections, one for each user and room; below what one local address has ports for. */
const SPEAKERS_MAX = 25_000;
/** Connections opening at once: a server's backlog is about as long. */
const OPENING_AT_ONCE = 64;

type Done = (outcome: PublishOutcome) => void;

/** Publishes Barrage's `danmu` frames: each user holds a WebSocket to the room, as a page does. */
export class BarrageSpeakers implements Publisher {
  readonly opened: Promise<void> = Promise.resolve();
  readonly #target: Target;
  readonly #dialect: BarrageDialect;
  readonly #connections = new Map<string, SpeakerConnection>();
  #isClosed = false;
  /** One count for all: a user's id must not stand twice, not even after a new connection. */
  #lastId = 0;

  constructor(target: Target, dialect: BarrageDialect) {
    this.#target = target;
    this.#dialect = dialect;
  }

  get waiting(): number {
    let sum = 0;
    for (const connection of this.#connections.values()) sum += connection.waiting;
    return sum;
  }

  /** Errors: LOAD_UNREACHABLE. */
  async prepare(speakers: readonly Speaker[]): Promise<void> {
    for (let at = 0; at < speakers.length; at += OPENING_AT_ONCE) {
      const opening = speakers
        .slice(at, at + OPENING_AT_ONCE)
        .map(async (speaker) => this.#connection(speaker)?.opened);
      await Promise.all(opening);
    }
  }

  publish({ content, ...speaker }: Publish, done: Done): void {
    const connection = this.#connection(speaker);
    if (connection === undefined || connection.waiting >= UNDER_WAY_MAX)
      return done({ kind: "refused", code: "GENERATOR_FULL" });
    connection.publish(String((this.#lastId += 1)), content, done);
  }

  heartbeat(): void {
    for (const connection of this.#connections.values()) connection.heartbeat();
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  /** The user's connection to the room, made again when it was lost; undefined where there are too many. */
  #connection({ room, token }: Speaker): SpeakerConnection | undefined {
    const key = `${room} ${token ?? ""}`;
    const found = this.#connections.get(key);
    if (found !== undefined || this.#isClosed || this.#connections.size >= SPEAKERS_MAX) return found;
    const made = new SpeakerConnection(this.#target, this.#dialect, { room, token }, () =>
      this.#connections.delete(key),
    );
    this.#connections.set(key, made);
    return made;
  }
}

class SpeakerConnection {
  readonly opened: Promise<void>;
  readonly #socket: RawWebSocket;
  readonly #dialect: BarrageDialect;
  readonly #waiting = new Map<string, Done>();
  /** What was published before the connection was there. */
  #early: (string | Uint8Array)[] | undefined = [];

  constructor(target: Target, dialect: BarrageDialect, { room, token }: Speaker, onGone: () => void) {
    this.#dialect = dialect;
    const gone = (): void => {
      onGone();
      for (const id of this.#waiting.keys()) this.#settle(id, { kind: "refused", code: "CONNECTION_LOST" });
    };
    const query = new URLSearchParams({ room_id: room, ...(token === undefined ? {} : { token }) });
    const events: SocketEvents = {
      messages: dialect.messages,
      // Batches are for viewers: here they are cut, not read.
      wants: (bytes, start, end) => dialect.answers(bytes, start, end),
      message: (payload) => this.#hear(payload),
      closed: gone,
      // Told as closed at once.
      broken() {},
    };
    this.#socket = new RawWebSocket(target, `/ws?${query.toString()}`, events, dialect.subprotocol);
    this.opened = this.#socket.opened.then(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const frame of early) this.#socket.send(frame);
    });
    // Who waits for an outcome learns of a failure by it.
    this.opened.catch(() => {});
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  publish(id: string, content: string, done: Done): void {
    this.#waiting.set(id, done);
    const frame = this.#dialect.danmu(id, content);
    if (this.#early === undefined) this.#socket.send(frame);
    else this.#early.push(frame);
  }

  heartbeat(): void {
    this.#socket.send(this.#dialect.ping);
  }

  close(): void {
    this.#socket.close();
    this.#waiting.clear();
  }

  #hear(payload: Buffer | undefined): void {
    const frame = payload === undefined ? undefined : this.#dialect.decode(payload);
    const id = frame?.["client_msg_id"];
    if (typeof id !== "string") return;
    const seq = frame?.["seq"];
    if (frame?.["type"] === "ack")
      this.#settle(id, { kind: "acked", seq: typeof seq === "number" ? seq : undefined });
    else this.#settle(id, { kind: "refused", code: String(frame?.["code"]) });
  }

  #settle(id: string, outcome: PublishOutcome): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(outcome);
  }
}
