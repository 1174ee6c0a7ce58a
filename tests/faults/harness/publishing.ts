import { Agent, request } from "node:http";
import { Scope, Semaphore, sleep, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { Acked } from "./record.ts";

/** Sends of one room that may wait for their answer; beyond that the load waits too. */
const IN_FLIGHT = 400;
/** Before the same one is sent again, ms; where the answer says more, that is not waited for: a fault ends when it ends. */
const RETRY_MS = 100;
/** Without an answer for so long (ms), it is sent again elsewhere: more than an append may take (12 s). */
const ANSWER_MS = 14_000;
const ACCEPTED = 202;

export interface PublishingOptions {
  /** Addresses of the HTTP API; a send that fails goes to the next. */
  readonly urls: readonly string[];
  readonly rooms: readonly string[];
  readonly token: string;
  /** Danmaku a second, in each room. */
  readonly perSecond: number;
}

interface Answer {
  readonly status: number;
  readonly body: {
    readonly id?: string;
    readonly seq?: number;
    readonly error?: { readonly retryable?: boolean };
  };
}

/** A steady load over HTTP: every danmaku has a `client_msg_id` and is sent until it is acknowledged. */
export class Publishing implements AsyncDisposable {
  readonly acked: Acked[] = [];
  /** Answers that no retry mends. */
  readonly refused: string[] = [];
  /** Sends that had to be repeated. */
  retries = 0;
  private readonly options: PublishingOptions;
  private readonly tasks = new Scope(undefined, { name: "publishing", onError: "report" });
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 256 });
  private isOver = false;
  private isPaused = false;
  private waiting = 0;
  private extra = 0;

  constructor(options: PublishingOptions) {
    this.options = options;
    for (const room of options.rooms)
      this.tasks.spawn((ctx) => this.publish(room, ctx), { name: `publish ${room}` });
  }

  /** Sends without an answer yet. */
  get unanswered(): number {
    return this.waiting;
  }

  /** Begins nothing new; what has no answer yet goes on. */
  stop(): void {
    this.isOver = true;
  }

  /** Begins nothing until `resume`; resolves when everything that was begun has its answer. */
  async pause(): Promise<void> {
    this.isPaused = true;
    while (this.waiting > 0) await sleep(RETRY_MS);
  }

  resume(): void {
    this.isPaused = false;
  }

  /** One danmaku beside the load; resolves when it is acknowledged. */
  async once(room: string): Promise<void> {
    this.extra += 1;
    const content = `${room}-extra-${this.extra}`;
    await this.tasks.spawn((ctx) => this.untilAcked(room, content, ctx), { name: "send" });
  }

  lastSeq(room: string): number {
    let last = 0;
    for (const acked of this.acked) if (acked.room === room && acked.seq > last) last = acked.seq;
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tasks[Symbol.asyncDispose]();
    this.agent.destroy();
  }

  private async publish(room: string, ctx: Context): Promise<void> {
    const slots = new Semaphore(IN_FLIGHT);
    using ticker = new Ticker(1_000 / this.options.perSecond, ctx);
    let count = 0;
    for await (const _ of ticker) {
      if (this.isOver) return;
      if (this.isPaused) continue;
      const slot = await slots.acquire(1, ctx);
      const name = `${room}-${count++}`;
      this.waiting += 1;
      this.tasks.spawn(
        async (ctx) => {
          using _ = slot;
          await this.untilAcked(room, name, ctx);
          this.waiting -= 1;
        },
        { name: "send" },
      );
    }
  }

  private async untilAcked(room: string, content: string, ctx: Context): Promise<void> {
    const body = JSON.stringify({ room_id: room, content, client_msg_id: content });
    const { urls } = this.options;
    for (let turn = content.length + this.acked.length; ; turn += 1) {
      const answer = await this.send(urls[turn % urls.length] ?? "", body, ctx);
      if (answer !== undefined) {
        const { status, body: said } = answer;
        if (status === ACCEPTED && said.id !== undefined && said.seq !== undefined) {
          this.acked.push({ room, content, id: said.id, seq: said.seq, at: ctx.clock.now() });
          return;
        }
        if (said.error?.retryable !== true) {
          this.refused.push(`${content}: ${status} ${JSON.stringify(said)}`);
          return;
        }
      }
      this.retries += 1;
      await sleep(RETRY_MS, ctx);
    }
  }

  /** Undefined where no whole answer came. */
  private send(url: string, body: string, ctx: Context): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const sending = request(
        new URL("/api/v1/danmu", url),
        {
          method: "POST",
          agent: this.agent,
          timeout: ANSWER_MS,
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            authorization: `Bearer ${this.options.token}`,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on("data", (part: Buffer) => parts.push(part));
          response.on("end", () =>
            resolve(answerOf(response.statusCode ?? 0, Buffer.concat(parts).toString())),
          );
          response.on("error", () => resolve(undefined));
        },
      );
      const cancelled = ctx.onCancel(() => sending.destroy(new Error("cancelled")));
      sending.on("timeout", () => sending.destroy(new Error("no answer")));
      sending.on("error", () => resolve(undefined));
      sending.on("close", () => {
        cancelled[Symbol.dispose]();
        resolve(undefined);
      });
      sending.end(body);
    });
  }
}

function answerOf(status: number, text: string): Answer | undefined {
  try {
    return { status, body: JSON.parse(text) as Answer["body"] };
  } catch {
    // Cut off in the middle: as good as none.
    return undefined;
  }
}
