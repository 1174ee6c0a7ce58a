import type { Publish, Publisher, PublishOutcome, Speaker, Target } from "./adapter.ts";
import { parseObject } from "./parse-object.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

/** Publishes without an outcome yet, all users together; one more is refused here. */
const UNDER_WAY_MAX = 32_768;
/** Connections, one for each user and room; below what one local address has ports for. */
const SPEAKERS_MAX = 25_000;
/** Connections opening at once: a server's backlog is about as long. */
const OPENING_AT_ONCE = 64;
const ACK = Buffer.from('{"type":"ack"');
const ERROR = Buffer.from('{"type":"error"');

type Done = (outcome: PublishOutcome) => void;

/** Publishes Barrage's `danmu` frames: each user holds a WebSocket to the room, as a page does. */
export class BarrageSpeakers implements Publisher {
  readonly opened: Promise<void> = Promise.resolve();
  readonly #target: Target;
  readonly #connections = new Map<string, SpeakerConnection>();
  #isClosed = false;
  /** One count for all: a user's id must not stand twice, not even after a new connection. */
  #lastId = 0;

  constructor(target: Target) {
    this.#target = target;
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
    const made = new SpeakerConnection(this.#target, { room, token }, () => this.#connections.delete(key));
    this.#connections.set(key, made);
    return made;
  }
}

const startsWith = (bytes: Buffer, start: number, what: Buffer): boolean =>
  bytes.compare(what, 0, what.length, start, Math.min(bytes.length, start + what.length)) === 0;

class SpeakerConnection {
  readonly opened: Promise<void>;
  readonly #socket: RawWebSocket;
  readonly #waiting = new Map<string, Done>();
  /** What was published before the connection was there. */
  #early: string[] | undefined = [];

  constructor(target: Target, { room, token }: Speaker, onGone: () => void) {
    const gone = (): void => {
      onGone();
      for (const id of this.#waiting.keys()) this.#settle(id, { kind: "refused", code: "CONNECTION_LOST" });
    };
    const query = new URLSearchParams({ room_id: room, ...(token === undefined ? {} : { token }) });
    this.#socket = new RawWebSocket(target, `/ws?${query.toString()}`, {
      // Batches are for viewers: here they are cut, not read.
      wantsText: (bytes, start) => startsWith(bytes, start, ACK) || startsWith(bytes, start, ERROR),
      frame: (text) => this.#hear(text),
      closed: gone,
      // Told as closed at once.
      broken() {},
    });
    this.opened = this.#socket.opened.then(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const text of early) this.#socket.send(text);
    });
    // Who waits for an outcome learns of a failure by it.
    this.opened.catch(() => {});
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  publish(id: string, content: string, done: Done): void {
    this.#waiting.set(id, done);
    const text = JSON.stringify({ type: "danmu", content, client_msg_id: id });
    if (this.#early === undefined) this.#socket.send(text);
    else this.#early.push(text);
  }

  heartbeat(): void {
    this.#socket.send('{"type":"ping"}');
  }

  close(): void {
    this.#socket.close();
    this.#waiting.clear();
  }

  #hear(text: string | undefined): void {
    const frame = text === undefined ? undefined : parseObject(text);
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
