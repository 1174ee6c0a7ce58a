import type { StreamSink } from "../stream/stream-sink.ts";
import type {
  ProtocolAdapter,
  Publisher,
  PublishOutcome,
  Seat,
  Target,
  ViewerConnection,
} from "./adapter.ts";
import { RawWebSocket } from "./raw-web-socket.ts";

/** What a server of single messages says. */
export type ServerMessage =
  /** The transport's own greeting, after which the client may speak. */
  | { readonly type: "ready"; readonly reply?: string }
  | { readonly type: "joined" }
  | { readonly type: "message"; readonly seq: number | undefined; readonly content: string }
  | { readonly type: "ack"; readonly id: number; readonly seq: number | undefined }
  | { readonly type: "refused"; readonly id: number; readonly code: string }
  | { readonly type: "ping"; readonly reply: string }
  | { readonly type: "unknown" };

/** How the messages of such a server look as text. */
export interface MessageCodec {
  readonly name: string;
  readonly path: string;
  /** Does the server greet before the client may speak? */
  readonly greets: boolean;
  readonly heartbeat: string | undefined;
  join(room: string): string;
  publish(id: number, room: string, content: string): string;
  decode(text: string): ServerMessage;
}

/** An adapter for a server that sends one frame for each message and takes publishes over the same WebSocket. */
export const messageAdapter = (codec: MessageCodec): ProtocolAdapter => ({
  name: codec.name,
  publishes: ["websocket"],
  login: () => Promise.resolve(undefined),
  view: (target, seat, sink) => viewerOf(codec, target, seat, sink),
  publisher: (target, connections) => new MessagePublisher(codec, target, connections),
});

function viewerOf(codec: MessageCodec, target: Target, seat: Seat, sink: StreamSink): ViewerConnection {
  const socket = new RawWebSocket(target, codec.path, {
    messages: "text",
    wants: () => true,
    message(payload) {
      const text = String(payload);
      const message = codec.decode(text);
      if (message.type === "message") sink.record(message, seat.now());
      else if (message.type === "joined") sink.joined(undefined, [], seat.now());
      else if (message.type === "ping") socket.send(message.reply);
      else if (message.type === "ready") {
        if (message.reply === undefined) socket.send(codec.join(seat.room));
        else socket.send(message.reply);
      } else if (message.type === "unknown") sink.fault(`an unknown frame: ${text.slice(0, 40)}`);
    },
    closed: (code) => sink.closed(code),
    broken: (error) => sink.fault(error.message),
  });
  const opened = socket.opened.then(() => {
    if (!codec.greets) socket.send(codec.join(seat.room));
  });
  opened.catch(() => {});
  return {
    opened,
    heartbeat: () => {
      if (codec.heartbeat !== undefined) socket.send(codec.heartbeat);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.close(),
  };
}

/** Publishes under way over one publisher; more are refused here. */
const UNDER_WAY_MAX = 32_768;

/** One connection of a publisher. */
interface Lane {
  readonly socket: RawWebSocket;
  /** Resolves when the server takes publishes. */
  readonly ready: Promise<void>;
  isReady: boolean;
}

class MessagePublisher implements Publisher {
  readonly #codec: MessageCodec;
  readonly #target: Target;
  /** A connection that broke is made again at the next publish that would go over it. */
  readonly #lanes: Lane[];
  readonly #waiting = new Map<number, { readonly lane: Lane; readonly done: (o: PublishOutcome) => void }>();
  #nextId = 0;

  constructor(codec: MessageCodec, target: Target, connections: number) {
    this.#codec = codec;
    this.#target = target;
    this.#lanes = Array.from({ length: connections }, () => this.#connect());
  }

  get opened(): Promise<void> {
    return Promise.all(this.#lanes.map(({ ready }) => ready)).then(() => {});
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  publish(
    { room, content }: { room: string; content: string },
    done: (outcome: PublishOutcome) => void,
  ): void {
    const id = (this.#nextId += 1);
    const place = id % this.#lanes.length;
    const lane = this.#lanes[place];
    if (lane === undefined || this.#waiting.size >= UNDER_WAY_MAX)
      return done({ kind: "refused", code: "GENERATOR_FULL" });
    if (!lane.isReady || !lane.socket.send(this.#codec.publish(id, room, content))) {
      if (lane.socket.isClosed) this.#lanes[place] = this.#connect();
      return done({ kind: "refused", code: "CONNECTION_LOST" });
    }
    this.#waiting.set(id, { lane, done });
  }

  close(): void {
    for (const { socket } of this.#lanes) socket.close();
    this.#waiting.clear();
  }

  #connect(): Lane {
    const codec = this.#codec;
    const ready = Promise.withResolvers<void>();
    const begin = (): void => {
      lane.isReady = true;
      ready.resolve();
    };
    const socket = new RawWebSocket(this.#target, codec.path, {
      messages: "text",
      wants: () => true,
      message: (payload) => {
        const message = codec.decode(String(payload));
        if (message.type === "ack") this.#settle(message.id, { kind: "acked", seq: message.seq });
        else if (message.type === "refused")
          this.#settle(message.id, { kind: "refused", code: message.code });
        else if (message.type === "ping") socket.send(message.reply);
        else if (message.type === "ready") {
          if (message.reply === undefined) begin();
          else socket.send(message.reply);
        }
      },
      closed: () => this.#lost(lane),
      // Told as closed at once.
      broken() {},
    });
    const lane: Lane = { socket, ready: ready.promise, isReady: false };
    socket.opened.then(() => codec.greets || begin(), ready.reject);
    ready.promise.catch(() => {});
    return lane;
  }

  #settle(id: number, outcome: PublishOutcome): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.done(outcome);
  }

  #lost(lane: Lane): void {
    for (const [id, waiting] of this.#waiting)
      if (waiting.lane === lane) this.#settle(id, { kind: "refused", code: "CONNECTION_LOST" });
  }
}
