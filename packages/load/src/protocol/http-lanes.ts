import { connect } from "node:net";
import type { Socket } from "node:net";
import { loadError } from "../errors.ts";
import type { Target } from "./adapter.ts";

export interface HttpReply {
  readonly status: number;
  readonly body: string;
}

/** undefined: the connection broke before the answer was there. */
type Done = (reply: HttpReply | undefined) => void;

interface Job {
  readonly request: Buffer;
  readonly done: Done;
}

const END_OF_HEAD = "\r\n\r\n";
/** Requests that may wait for a free connection; at 10,000/s three seconds of a standing server. */
export const LINE_MAX = 32_768;

/**
 * A fixed number of keep-alive HTTP/1.1 connections, one request under way on each; what finds none free waits in line,
 * its clock running. Written by hand because the generator must cost less than what it measures.
 *
 * Bounds     `LINE_MAX` in line; one more is refused. A connection that broke is made again at the next request.
 */
export class HttpLanes {
  readonly #target: Target;
  readonly #free: Lane[];
  readonly #all: readonly Lane[];
  #line: Job[] = [];
  #next = 0;
  #underWay = 0;

  constructor(target: Target, count: number) {
    this.#target = target;
    this.#all = Array.from({ length: count }, () => new Lane(this.#target));
    this.#free = [...this.#all];
  }

  /** Requests without an answer yet. */
  get waiting(): number {
    return this.#underWay + this.#line.length - this.#next;
  }

  /** False when the line is full: nothing was taken. `done` is called once. */
  offer(request: Buffer, done: Done): boolean {
    if (this.#line.length - this.#next >= LINE_MAX) return false;
    const lane = this.#free.pop();
    if (lane === undefined) this.#line.push({ request, done });
    else this.#run(lane, { request, done });
    return true;
  }

  close(): void {
    this.#line = [];
    this.#next = 0;
    for (const lane of this.#all) lane.close();
  }

  #run(lane: Lane, { request, done }: Job): void {
    this.#underWay += 1;
    lane.send(request, (reply) => {
      this.#underWay -= 1;
      const job = this.#line[this.#next];
      if (job === undefined) this.#free.push(lane);
      else {
        this.#next += 1;
        this.#compact();
        this.#run(lane, job);
      }
      done(reply);
    });
  }

  #compact(): void {
    if (this.#next < 1_024 || this.#next * 2 < this.#line.length) return;
    this.#line = this.#line.slice(this.#next);
    this.#next = 0;
  }
}

class Lane {
  readonly #target: Target;
  #socket: Socket | undefined;
  #done: Done | undefined;
  #received = "";

  constructor(target: Target) {
    this.#target = target;
  }

  send(request: Buffer, done: Done): void {
    this.#done = done;
    this.#socket ??= this.#connect();
    this.#socket.write(request);
  }

  close(): void {
    this.#done = undefined;
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const { host, port, localAddress } = this.#target;
    const socket = connect({
      host,
      port,
      noDelay: true,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => this.#receive(text, socket));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#received = "";
      this.#finish(undefined);
    });
    return socket;
  }

  #receive(text: string, socket: Socket): void {
    this.#received += text;
    try {
      const reply = parseReply(this.#received);
      if (reply === undefined) return;
      this.#received = "";
      this.#finish(reply);
    } catch {
      // Not HTTP as we read it: the same as no answer, and the connection is of no more use.
      socket.destroy();
    }
  }

  #finish(reply: HttpReply | undefined): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(reply);
  }
}

/** The answer in `text`; undefined while bytes are missing. Errors: LOAD_BAD_STREAM without a Content-Length. */
export function parseReply(text: string): HttpReply | undefined {
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd + 2))?.[1];
  if (length === undefined) throw loadError("LOAD_BAD_STREAM", { what: "an answer without Content-Length" });
  const bodyAt = headEnd + END_OF_HEAD.length;
  if (text.length < bodyAt + Number(length)) return undefined;
  // "HTTP/1.1 202 Accepted"
  return { status: Number(text.slice(9, 12)), body: text.slice(bodyAt, bodyAt + Number(length)) };
}

/** A POST with a JSON body, as bytes. */
export function postRequest(target: Target, path: string, token: string | undefined, body: object): Buffer {
  const json = Buffer.from(JSON.stringify(body));
  const head =
    `POST ${path} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nContent-Type: application/json\r\n` +
    (token === undefined ? "" : `Authorization: Bearer ${token}\r\n`) +
    `Content-Length: ${json.length}${END_OF_HEAD}`;
  return Buffer.concat([Buffer.from(head), json]);
}
