import type { RoomHeartbeats, RoomState } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import type { Author } from "@barrage/protocol";
import type { RedisSignals } from "./redis-signals.ts";

/**
 * What the edges know of streamers, sent to the coordinators: these decide, and what they decide comes in the rooms' log.
 *
 * Errors     those of `RedisLink`: whoever sent the sign of life is to send it again.
 */
export class RedisHeartbeats implements RoomHeartbeats {
  private readonly signals: Pick<RedisSignals, "send">;

  constructor(signals: Pick<RedisSignals, "send">) {
    this.signals = signals;
  }

  beat({ id }: RoomState, who: Author, ctx: Context): Promise<void> {
    return this.signals.send({ type: "heartbeat", ...this.sent(id, ctx), author: plain(who) }, ctx);
  }

  end({ id }: RoomState, who: Author, ctx: Context): Promise<void> {
    return this.signals.send({ type: "end", ...this.sent(id, ctx), author: plain(who) }, ctx);
  }

  forget(room: string, ctx: Context): Promise<void> {
    return this.signals.send({ type: "forget", ...this.sent(room, ctx) }, ctx);
  }

  private sent(room: string, { clock }: Context): { readonly room: string; readonly at: number } {
    return { room, at: Math.floor(clock.wall()) };
  }
}

/** What everybody may see of a sender, and no more. */
const plain = ({ uid, name, role }: Author): Author => ({ uid, name, role });
