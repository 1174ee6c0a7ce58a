import type { Context } from "@barrage/kernel";
import { pollUntil } from "../poll.ts";
import type { RedisWindow } from "./redis-window.ts";

/** How far each room has been published, for gateways that wait for a record that they know of and the window has not. */
export class PublishedHeads {
  private readonly window: Pick<RedisWindow, "headOf">;
  private readonly timeoutMs: number;

  /** `timeoutMs`: how long at most one waits. */
  constructor(window: Pick<RedisWindow, "headOf">, timeoutMs: number) {
    this.window = window;
    this.timeoutMs = timeoutMs;
  }

  /** Resolves once the room's window has come to `seq`. Errors: BARRAGE_UNAVAILABLE. */
  async wait(room: string, seq: number, ctx: Context): Promise<void> {
    await pollUntil(async (own) => (await this.window.headOf(room, own)) >= seq, this.timeoutMs, ctx);
  }
}
