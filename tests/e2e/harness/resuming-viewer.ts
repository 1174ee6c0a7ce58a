import { connect } from "@barrage/client";
import type { Gap, RoomConnection } from "@barrage/client";
import { WebSocket } from "ws";

export interface Got {
  readonly seq: number;
  readonly kind: string;
  readonly content: string;
}

/** Told by the server to wait, or not let in, a viewer of these tests is soon back. */
const BACKOFF = { baseMs: 50, maxMs: 500 };

/**
 * A viewer on the SDK whose process dies, whose network drops and whose reading stops, and who always comes back with
 * the last seq that it had. It notes what it was handed and what it was told is missing.
 */
export class ResumingViewer {
  readonly got: Got[] = [];
  readonly gaps: Gap[] = [];
  /** Errors that the SDK told of the stream itself. */
  readonly faults: string[] = [];
  /** Records that came since `mark`, on sockets made since then. */
  sinceMark = 0;
  /** Where its sight began. */
  begin: number | undefined;
  private readonly url: string;
  private readonly room: string;
  private readonly form: "json" | "binary";
  private connection: RoomConnection;
  private wire: WebSocket | undefined;
  private isMarked = false;
  private waiting: { readonly seq: number; readonly resolve: () => void } | undefined;

  constructor(url: string, room: string, form: "json" | "binary") {
    this.url = url;
    this.room = room;
    this.form = form;
    this.connection = this.connect(undefined);
  }

  get last(): number | undefined {
    return this.connection.lastSeq;
  }

  /** Its process was killed and is there again: it knows no more than the seq that it had noted. */
  restart(): void {
    const { last } = this;
    this.connection.close();
    this.wire?.terminate();
    this.connection = this.connect(last);
  }

  /** The network goes; the SDK comes back by itself. */
  drop(): void {
    this.wire?.terminate();
  }

  /** Reads nothing until `read`. */
  stop(): void {
    this.wire?.pause();
  }

  read(): void {
    this.wire?.resume();
  }

  /** Another server is there: what still comes on the socket of the one before is not its. */
  mark(): void {
    this.sinceMark = 0;
    this.isMarked = false;
  }

  /** Resolves once it has been brought to `seq`. */
  reached(seq: number): Promise<void> {
    if ((this.last ?? 0) >= seq) return Promise.resolve();
    return new Promise((resolve) => (this.waiting = { seq, resolve }));
  }

  close(): void {
    this.connection.close();
    this.wire?.terminate();
  }

  private connect(since: number | undefined): RoomConnection {
    const { url, room, form } = this;
    const keep = (wire: WebSocket): void => {
      this.wire = wire;
      this.isMarked = true;
    };
    // The SDK makes its sockets itself: this one can be stopped and cut.
    class Wire extends WebSocket {
      constructor(address: string, protocols: string[] = []) {
        super(address, protocols, { perMessageDeflate: false });
        keep(this);
      }
    }
    const connection = connect({
      url,
      room,
      form,
      webSocket: Wire,
      backoff: BACKOFF,
      ...(since === undefined ? {} : { since }),
    });
    connection.on("snapshot", ({ head, items }) => (this.begin ??= items[0]?.seq ?? head + 1));
    connection.on("item", (item) => {
      const content = "content" in item ? item.content : "";
      this.got.push({ seq: item.seq, kind: item.kind, content });
      if (this.isMarked) this.sinceMark += 1;
    });
    connection.on("gap", (gap) => {
      this.gaps.push(gap);
      this.look();
    });
    connection.on("batch", () => this.look());
    connection.on("error", ({ code }) => {
      if (code === "BARRAGE_CLIENT_FAULT") this.faults.push(code);
    });
    return connection;
  }

  private look(): void {
    if (this.waiting === undefined || (this.last ?? 0) < this.waiting.seq) return;
    this.waiting.resolve();
    this.waiting = undefined;
  }
}
