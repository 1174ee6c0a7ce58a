import { connect } from "node:net";
import type { Socket } from "node:net";

export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

interface Waiting {
  resolve(reply: HttpReply): void;
  reject(error: Error): void;
}

const END_OF_HEAD = "\r\n\r\n";

/**
 * One keep-alive HTTP/1.1 connection with one request under way at a time.
 *
 * Written by hand because the generator must cost less than what it measures: no header objects, no stream per answer.
 */
export class HttpLane {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;
  #received = "";

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#receive(text));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  /** Sends a complete request; the answer must have a Content-Length. */
  send(request: Buffer): Promise<HttpReply> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpReply>();
    this.#waiting = { resolve, reject };
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const reply = parseReply(this.#received);
    if (reply === undefined) return;
    this.#received = "";
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(reply);
  }

  #fail(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }
}

/** The answer in `text`; undefined while bytes are missing. */
export function parseReply(text: string): HttpReply | undefined {
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1];
  if (length === undefined) throw new Error("the answer has no Content-Length");
  const bodyAt = headEnd + END_OF_HEAD.length;
  if (text.length < bodyAt + Number(length)) return undefined;
  // "HTTP/1.1 202 Accepted"
  return { status: Number(text.slice(9, 12)), body: text.slice(bodyAt, bodyAt + Number(length)) };
}

/** A POST with a JSON body, as bytes. */
export function postRequest(path: string, token: string | undefined, body: object): Buffer {
  const json = Buffer.from(JSON.stringify(body));
  const head =
    `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n` +
    (token === undefined ? "" : `Authorization: Bearer ${token}\r\n`) +
    `Content-Length: ${json.length}${END_OF_HEAD}`;
  return Buffer.concat([Buffer.from(head), json]);
}
