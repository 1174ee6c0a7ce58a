import type { GatewaySource, WindowSlice } from "@barrage/engine";
import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";

/**
 * Reads of rooms' windows at the owner. Viewers who come at once, as after a drop they do, share one.
 *
 * A read that began before a viewer subscribed may miss a batch that came meanwhile: then it is read once more.
 */
export class RemoteWindow {
  private readonly owner: GatewaySource["window"];
  private readonly lastOf: (room: string) => number;
  private readonly reads: SingleFlight<string, WindowSlice>;

  /** `lastOf` answers up to which seq the feed has shown a room. */
  constructor(owner: GatewaySource["window"], lastOf: (room: string) => number, scope: Scope) {
    this.owner = owner;
    this.lastOf = lastOf;
    this.reads = new SingleFlight({ name: "read window", scope });
  }

  async read(room: string, after: number, limit: number, ctx: Context): Promise<WindowSlice> {
    const shown = this.lastOf(room);
    const shared = await this.reads.do(
      `${room} ${after} ${limit}`,
      (own) => this.owner.read(room, after, limit, own),
      ctx,
    );
    return shared.head.seq >= shown ? shared : this.owner.read(room, after, limit, ctx);
  }
}
