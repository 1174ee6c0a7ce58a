import { createServer } from "node:http";
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";
import { emptyRoom, startGatewayHalf } from "@barrage/engine";
import type { FeedHandler, GatewaySource, RoomItem } from "@barrage/engine";
import { Scope, unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { engineSettingsOf } from "../../config/engine-settings.ts";
import type { ServerConfig } from "../../config/schema.ts";
import { AddressSlots } from "../../gateway/address-slots.ts";
import { attachGateway } from "../../gateway/upgrade.ts";

/** Looked for, as a room is whose first viewer comes; whether there is one is all the same. */
const ROOM = "rehearsal";
/** Viewers one after the other: what the first of them met cold, the last does not. */
const VIEWERS = 3;
/** Records that each of them has missed. */
const MISSED = 20;
/** As far as nobody but ourselves is there to be told apart. */
const ADDRESS = "127.0.0.1";

const HANDSHAKE = [
  `GET /ws?room_id=${ROOM}&since=1 HTTP/1.1`,
  "Host: rehearsal",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  `Sec-WebSocket-Key: ${Buffer.from("sixteen of these").toString("base64")}`,
  "\r\n",
].join("\r\n");

const recordAt = (n: number): RoomItem => ({
  kind: "danmaku",
  id: `${ROOM}-${n}`,
  at: n,
  author: { uid: ROOM, name: ROOM, role: "viewer" },
  content: "弹幕 that nobody sees",
  mode: "scroll",
  color: 0xffffff,
  size: 25,
  seq: n,
  n,
});

/** Its viewers have no token and say nothing. */
const nobody = (): Promise<never> => Promise.reject(protocolError("BARRAGE_UNAVAILABLE"));

/** What the rehearsal asks of the cluster: only to read, and to listen to. */
export type RehearsalSource = Pick<GatewaySource, "window" | "feed">;

/**
 * Viewers who come back, are told what they missed, and see a record more: through the code that a gateway's viewers
 * go through, over lines in memory, in a gateway of their own that ends with them.
 *
 * Errors     those of window and feed.
 */
export async function rehearseViewers(
  config: ServerConfig,
  source: RehearsalSource,
  ctx: Context,
): Promise<void> {
  await using scope = new Scope(ctx.detached(), { name: "rehearsal", onError: "report" });
  const records = Array.from({ length: MISSED }, (_, i) => recordAt(i + 1));
  const handlers: FeedHandler[] = [];
  const gateway = startGatewayHalf({
    source: sourceOf(source, records, handlers),
    settings: engineSettingsOf(config),
    ctx: scope.context,
    onEvent: () => undefined,
    random: () => 0,
  });
  // It never listens.
  const server = createServer();
  const edge = attachGateway(server, {
    engine: { gateway },
    verifier: { verify: nobody },
    allowedOrigins: [],
    slots: new AddressSlots(VIEWERS),
    contentMax: config.engine.contentMax,
    addressOf: () => ADDRESS,
    scope,
  });
  try {
    for (let viewer = 0; viewer < VIEWERS; viewer += 1) {
      const [near, far] = duplexPair();
      server.emit("connection", far);
      near.write(HANDSHAKE);
      await heard(near, "snapshot", ctx);
      const prev = records.length;
      const record = recordAt(prev + 1);
      const shown = heard(near, record.id, ctx);
      records.push(record);
      const batch = { room: ROOM, prev, seq: record.seq, items: [record] };
      for (const handler of handlers) handler.batch(batch);
      await shown;
      near.destroy();
    }
  } finally {
    edge[Symbol.dispose]();
    await gateway.stop();
  }
}

/** The cluster's window and feed, of which what comes is passed over for records that never were. */
function sourceOf(
  { window, feed }: RehearsalSource,
  records: readonly RoomItem[],
  handlers: FeedHandler[],
): GatewaySource {
  const headNow = () => ({ seq: records.length, n: records.length });
  return {
    publisher: {
      danmaku: nobody,
      superchat: nobody,
      gift: nobody,
      like: nobody,
      enter: nobody,
      import: nobody,
    },
    window: {
      async read(room, after, limit, ctx) {
        await window.read(room, after, limit, ctx);
        const items = records.filter(({ seq }) => seq > after);
        return { items, head: headNow(), floor: { seq: 0, n: 0 } };
      },
    },
    feed: {
      subscribe(handler) {
        handlers.push(handler);
        return feed.subscribe({ batch: () => undefined, interrupted: () => undefined });
      },
    },
    published: { wait: () => Promise.resolve() },
    requireRoom: () => ({ ...emptyRoom(ROOM), head: headNow() }),
    windowMs: () => 0,
    viewersElsewhere: () => 0,
  };
}

/** Resolves once `text` has come. */
async function heard(line: Duplex, text: string, ctx: Context): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let all = "";
  const listen = (bytes: Buffer): void => {
    all += bytes.toString();
    if (all.includes(text)) resolve();
  };
  line.on("data", listen);
  try {
    await unlessCancelled(promise, ctx);
  } finally {
    line.off("data", listen);
  }
}
