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
    wantsText: () => true,
    frame(text = "") {
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

class MessagePublisher implements Publisher {
  readonly #codec: MessageCodec;
  readonly #sockets: readonly RawWebSocket[];
  readonly #waiting = new Map<
    number,
    { readonly socket: RawWebSocket; readonly done: (o: PublishOutcome) => void }
  >();
  readonly #ready: PromiseWithResolvers<void>[] = [];
  #nextId = 0;

  constructor(codec: MessageCodec, target: Target, connections: number) {
    this.#codec = codec;
    this.#sockets = Array.from({ length: connections }, () => this.#connect(target));
  }

  get opened(): Promise<void> {
    return Promise.all(this.#ready.map(({ promise }) => promise)).then(() => {});
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  publish(
    { room, content }: { room: string; content: string },
    done: (outcome: PublishOutcome) => void,
  ): void {
    const id = (this.#nextId += 1);
    const socket = this.#sockets[id % this.#sockets.length];
    if (socket === undefined || this.#waiting.size >= UNDER_WAY_MAX)
      return done({ kind: "refused", code: "GENERATOR_FULL" });
    this.#waiting.set(id, { socket, done });
    socket.send(this.#codec.publish(id, room, content));
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
    this.#waiting.clear();
  }

  #connect(target: Target): RawWebSocket {
    const codec = this.#codec;
    const ready = Promise.withResolvers<void>();
    this.#ready.push(ready);
    const socket = new RawWebSocket(target, codec.path, {
      wantsText: () => true,
      frame: (text = "") => {
        const message = codec.decode(text);
        if (message.type === "ack") this.#settle(message.id, { kind: "acked", seq: message.seq });
        else if (message.type === "refused")
          this.#settle(message.id, { kind: "refused", code: message.code });
        else if (message.type === "ping") socket.send(message.reply);
        else if (message.type === "ready") {
          if (message.reply === undefined) ready.resolve();
          else socket.send(message.reply);
        }
      },
      closed: () => this.#lost(socket),
      broken: () => this.#lost(socket),
    });
    socket.opened.then(() => codec.greets || ready.resolve(), ready.reject);
    ready.promise.catch(() => {});
    return socket;
  }

  #settle(id: number, outcome: PublishOutcome): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.done(outcome);
  }

  #lost(socket: RawWebSocket): void {
    for (const [id, waiting] of this.#waiting)
      if (waiting.socket === socket) this.#settle(id, { kind: "refused", code: "CONNECTION_LOST" });
  }
}
