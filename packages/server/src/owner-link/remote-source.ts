import { stateFromJson } from "@barrage/engine";
import type { GatewaySource, Publisher, RoomState } from "@barrage/engine";
import { SingleFlight } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { remote } from "./calls.ts";
import type { OwnerLink } from "./owner-link.ts";
import type { RemoteRooms } from "./remote-rooms.ts";
import { RemoteWindow } from "./remote-window.ts";

/** How long somebody who joins waits for an owner that is away, ms: it is replaced within a second or two. */
const JOIN_WAIT = { waitMs: 5_000 };

/** What a gateway works from when the owner is another process. */
export class RemoteSource implements GatewaySource {
  readonly publisher: Publisher;
  readonly window: RemoteWindow;
  readonly published: GatewaySource["published"];
  private readonly link: Pick<OwnerLink, "askPatiently">;
  private readonly rooms: RemoteRooms;
  private readonly states: SingleFlight<string, RoomState>;
  private readonly smallestWindowMs: number;

  /** `scope` owns the reads that several viewers share. */
  constructor(
    link: Pick<OwnerLink, "askPatiently">,
    rooms: RemoteRooms,
    { scope, publisher, smallestWindowMs }: { scope: Scope; publisher: Publisher; smallestWindowMs: number },
  ) {
    this.link = link;
    this.rooms = rooms;
    this.publisher = publisher;
    this.smallestWindowMs = smallestWindowMs;
    this.states = new SingleFlight({ name: "room state", scope });
    const patient = (name: string, args: readonly unknown[], ctx: Context) =>
      link.askPatiently(name, args, JOIN_WAIT, ctx);
    this.window = new RemoteWindow(remote("window", patient), (room) => rooms.lastOf(room), scope);
    const calls = remote("gateway", patient);
    this.published = { wait: (room, seq, ctx) => calls.waitPublished(room, seq, ctx) };
  }

  get feed(): RemoteRooms {
    return this.rooms;
  }

  /** What was asked before this call may be answered with less than `seq`; what is asked after it is not. */
  async requireRoom(room: string, seq: number, ctx: Context): Promise<RoomState> {
    const first = await this.askFor(room, ctx);
    return first.head.seq >= seq ? first : this.askFor(room, ctx);
  }

  /** Those who ask while a question is under way share it. */
  private askFor(room: string, ctx: Context): Promise<RoomState> {
    return this.states.do(
      room,
      async (own) => {
        const answer = await this.link.askPatiently("gateway.requireRoom", [room], JOIN_WAIT, own);
        const state = stateFromJson(answer);
        // Of an owner of another version, which is about to be replaced or to replace this process.
        if (state === undefined) throw protocolError("BARRAGE_UNAVAILABLE");
        return state;
      },
      ctx,
    );
  }

  windowMs(room: string): number {
    return this.rooms.windowMsOf(room) ?? this.smallestWindowMs;
  }

  viewersElsewhere(room: string): number {
    return this.rooms.elsewhere(room);
  }
}
