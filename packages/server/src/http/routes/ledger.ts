import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import { imbalance } from "@barrage/engine";
import type { Gateway, Ledger } from "@barrage/engine";
import { isRoomId, protocolError } from "@barrage/protocol";
import type { HttpParts } from "../call.ts";
import { requireAdmin } from "../operator.ts";
import { answers, closed } from "../schemas.ts";
import type { LedgerPageFacts } from "../../telemetry/facts.ts";
import { CONNECTIONS_MAX, ROOMS_MAX, byViewersEverywhere } from "../../telemetry/ledger-sum.ts";

const Count = Type.Integer();
const LedgerShape = closed({
  published: Count,
  replayed: Count,
  delivered: Count,
  shed: closed({ slow: Count, expired: Count, sampled: Count }),
  muted: Count,
  merged: Count,
  duplicate: Count,
  lost_at_close: Count,
  in_flight: Count,
  imbalance: Type.Integer({ description: "published + replayed less all other terms; 0." }),
});

const Page = closed({
  process: LedgerShape,
  rooms: Type.Array(
    closed({
      room: Type.String(),
      viewers: Count,
      everywhere: Type.Integer({
        description: "Viewers in all processes; the rooms are in the order of this.",
      }),
      ledger: LedgerShape,
      partial: Type.Optional(
        Type.Literal(true, {
          description: "A process that has more than 100 rooms may have told nothing of this one.",
        }),
      ),
    }),
  ),
  connections: Type.Optional(Type.Array(LedgerShape)),
});

const shown = (ledger: Ledger) => ({
  published: ledger.published,
  replayed: ledger.replayed,
  delivered: ledger.delivered,
  shed: ledger.shed,
  muted: ledger.muted,
  merged: ledger.merged,
  duplicate: ledger.duplicate,
  lost_at_close: ledger.lostAtClose,
  in_flight: ledger.inFlight,
  imbalance: imbalance(ledger),
});

/** The page of one process: its sum, its largest rooms, and each connection of `room` where one is named. */
export function ledgerPage(
  gateway: Pick<Gateway, "ledger" | "roomLedgers" | "connectionLedgers">,
  room?: string,
): LedgerPageFacts {
  const rooms = [...gateway.roomLedgers()]
    .sort(byViewersEverywhere)
    .slice(0, ROOMS_MAX)
    .map(({ room: id, viewers, everywhere, ledger }) => {
      return { room: id, viewers, everywhere, ledger: shown(ledger) };
    });
  const page = { process: shown(gateway.ledger()), rooms };
  if (room === undefined) return page;
  const connections = [...gateway.connectionLedgers(room)].slice(0, CONNECTIONS_MAX).map(shown);
  return { ...page, connections };
}

/** `GET /debug/ledger`: what became of every record, per process, room and connection. Off where the debug pages are. */
export function ledgerRoutes(app: FastifyInstance, parts: HttpParts): void {
  if (parts.tools === undefined) return;
  app.get<{ Querystring: { room?: string } }>("/debug/ledger", {
    config: { always: true },
    schema: {
      summary: "What became of every record on its way to each viewer",
      description:
        "The process (with --workers all of them together, those that have ended included), the 100 rooms with most viewers, and with room each of its connections (1,000 at most). " +
        "On when telemetry.debugPages says so; with the admin token, in development also from this machine.",
      tags: ["operations"],
      querystring: closed({ room: Type.Optional(Type.String()) }),
      response: answers(200, Page),
    },
    async handler(request, reply) {
      requireAdmin(parts, request);
      const { room } = request.query;
      if (room !== undefined && !isRoomId(room)) throw protocolError("BARRAGE_ROOM_UNKNOWN");
      void reply.header("cache-control", "no-store");
      return parts.whole === undefined ? ledgerPage(parts.engine.gateway, room) : parts.whole.ledger(room);
    },
  });
}
