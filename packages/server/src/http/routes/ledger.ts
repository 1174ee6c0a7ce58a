import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { imbalance } from "@barrage/engine";
import type { Ledger } from "@barrage/engine";
import { isRoomId, protocolError } from "@barrage/protocol";
import type { HttpParts } from "../call.ts";
import { requireAdmin } from "../operator.ts";
import { answers, closed } from "../schemas.ts";

/** Rooms, and connections of one room, that an answer has at most. */
const ROOMS_MAX = 100;
const CONNECTIONS_MAX = 1_000;

const Count = Type.Integer();
const LedgerShape = closed({
  published: Count,
  replayed: Count,
  delivered: Count,
  shed: closed({ slow: Count, expired: Count }),
  muted: Count,
  duplicate: Count,
  lost_at_close: Count,
  in_flight: Count,
  imbalance: Type.Integer({ description: "published + replayed less all other terms; 0." }),
});

const Page = closed({
  process: LedgerShape,
  rooms: Type.Array(closed({ room: Type.String(), viewers: Count, ledger: LedgerShape })),
  connections: Type.Optional(Type.Array(LedgerShape)),
});

const shown = (ledger: Ledger) => ({
  published: ledger.published,
  replayed: ledger.replayed,
  delivered: ledger.delivered,
  shed: ledger.shed,
  muted: ledger.muted,
  duplicate: ledger.duplicate,
  lost_at_close: ledger.lostAtClose,
  in_flight: ledger.inFlight,
  imbalance: imbalance(ledger),
});

/** `GET /debug/ledger`: what became of every record, per process, room and connection. Off where the debug pages are. */
export function ledgerRoutes(app: FastifyInstance, parts: HttpParts): void {
  if (parts.tools === undefined) return;
  app.get<{ Querystring: { room?: string } }>("/debug/ledger", {
    config: { always: true },
    schema: {
      summary: "What became of every record on its way to each viewer",
      description:
        "The process, the 100 rooms with most viewers, and with room each of its connections (1,000 at most). " +
        "On when telemetry.debugPages says so; with the admin token, in development also from this machine.",
      tags: ["operations"],
      querystring: closed({ room: Type.Optional(Type.String()) }),
      response: answers(200, Page),
    },
    async handler(request, reply) {
      requireAdmin(parts, request);
      const { gateway } = parts.engine;
      const { room } = request.query;
      if (room !== undefined && !isRoomId(room)) throw protocolError("BARRAGE_ROOM_UNKNOWN");
      const rooms = [...gateway.roomLedgers()]
        .sort((a, b) => b.viewers - a.viewers)
        .slice(0, ROOMS_MAX)
        .map((each) => ({ room: each.room, viewers: each.viewers, ledger: shown(each.ledger) }));
      void reply.header("cache-control", "no-store");
      const page = { process: shown(gateway.ledger()), rooms };
      if (room === undefined) return page;
      const connections = [...gateway.connectionLedgers(room)].slice(0, CONNECTIONS_MAX).map(shown);
      return { ...page, connections };
    },
  });
}
