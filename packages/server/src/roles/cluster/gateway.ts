import { startGatewayHalf } from "@barrage/engine";
import type { Feed, FeedSubscription, GatewaySource, LocalGateway } from "@barrage/engine";
import { provider } from "@barrage/kernel";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import { processMeter } from "../../telemetry/process-meter.ts";
import type { IngestParts } from "./ingest.ts";
import type { SharedRooms } from "./rooms.ts";
import type { Ground, Started } from "./servers.ts";

/** How long a viewer waits for a record that is known of and not in the window yet, ms: a router is replaced within. */
const PUBLISHED_WITHIN_MS = 10_000;

type GatewayNeeds = Started<SharedRooms, "window" | "feed"> & Started<IngestParts, "ingest" | "presence">;

/** Viewers and their fan-out, over the shared windows and feed. */
export interface GatewayWork {
  readonly gateway: LocalGateway;
  stop(): Promise<void>;
}

export function gatewayOf(ground: () => Ground, shared: SharedRooms, parts: IngestParts) {
  const { window, feed } = shared;
  const { ingest, presence } = parts;
  const gateway = provider({
    name: "gateway",
    needs: { window, feed, ingest, presence },
    start: (needs) => startGateway(ground(), needs),
    stop: (work) => work.stop(),
  });
  return { gateway };
}

function startGateway({ house, cluster }: Ground, needs: GatewayNeeds): GatewayWork {
  const { config, scope, onEvent, tracing } = house;
  const settings = engineSettingsOf(config);
  const feed = new WindowNotes(needs.feed);
  const reports = new cluster.PresenceReports(needs.presence, () => gateway.viewerCounts());
  const source: GatewaySource = {
    publisher: needs.ingest.half.publisher,
    window: needs.window,
    feed,
    published: new cluster.PublishedHeads(needs.window, PUBLISHED_WITHIN_MS),
    requireRoom: (room, seq, ctx) => needs.ingest.half.requireRoom(room, seq, ctx),
    windowMs: (room) => feed.windowMs(room) ?? settings.flush.minMs,
    viewersElsewhere: (room) => reports.elsewhere(room),
  };
  const { context: ctx } = scope;
  const gateway = startGatewayHalf({
    source,
    settings,
    ctx,
    onEvent,
    random: Math.random,
    meter: processMeter,
    tracing,
  });
  const reporting = scope.spawn((own) => reports.run(own), { name: "presence" });
  return {
    gateway,
    async stop() {
      await gateway.stop();
      // Its last word is that nobody is here any more.
      reporting.cancel();
      await reporting.catch(() => undefined);
    },
  };
}

/** A feed that remembers each room's flush window, as its last batch said. */
class WindowNotes implements Pick<Feed, "subscribe"> {
  private readonly inner: Pick<Feed, "subscribe">;
  private readonly windows = new Map<string, number>();

  constructor(inner: Pick<Feed, "subscribe">) {
    this.inner = inner;
  }

  windowMs(room: string): number | undefined {
    return this.windows.get(room);
  }

  subscribe(handler: Parameters<Feed["subscribe"]>[0]): FeedSubscription {
    const entered = this.inner.subscribe({
      batch: (batch) => {
        if (batch.windowMs !== undefined) this.windows.set(batch.room, batch.windowMs);
        handler.batch(batch);
      },
      interrupted: (room) => handler.interrupted(room),
    });
    return {
      enter: (room, ctx) => entered.enter(room, ctx),
      leave: (room) => {
        this.windows.delete(room);
        entered.leave(room);
      },
      [Symbol.dispose]: () => entered[Symbol.dispose](),
    };
  }
}
