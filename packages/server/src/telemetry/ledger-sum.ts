import type { LedgerFacts, LedgerPageFacts, MetricFacts, RoomLedgerFacts } from "./facts.ts";

/** Rooms, and connections of one room, that a page has at most. */
export const ROOMS_MAX = 100;
export const CONNECTIONS_MAX = 1_000;
/** Rooms that have series of their own: a series for each of ten thousand would be too many for any monitoring. */
export const ROOMS_WITH_SERIES = 10;

/**
 * The order in which rooms are shown, and cut: the same in each process, so that a room that is among the largest of
 * all is among those that each process tells of.
 */
export function byViewersEverywhere(
  one: Pick<RoomLedgerFacts, "room" | "everywhere">,
  other: Pick<RoomLedgerFacts, "room" | "everywhere">,
): number {
  return other.everywhere - one.everywhere || (one.room < other.room ? -1 : 1);
}

/** Term by term; a term that only one of them has counts as 0 in the other. */
export function addLedgers(one: LedgerFacts, other: LedgerFacts): LedgerFacts {
  const sum: LedgerFacts = { ...one };
  for (const [term, records] of Object.entries(other)) sum[term] = addTerm(sum[term], records);
  return sum;
}

function addTerm(one: LedgerFacts[string] | undefined, other: LedgerFacts[string]): LedgerFacts[string] {
  if (one === undefined) return other;
  if (typeof one === "number" || typeof other === "number") return Number(one) + Number(other);
  const sum = { ...one };
  for (const [reason, records] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + records;
  return sum;
}

/** Of a process that has ended: what was on its way to a socket then is lost, as far as anybody can know. */
export function endedLedger(ledger: LedgerFacts): LedgerFacts {
  const { in_flight: underWay = 0, lost_at_close: lost = 0 } = ledger;
  return { ...ledger, in_flight: 0, lost_at_close: Number(lost) + Number(underWay) };
}

/** The pages of several processes as one; `ended` is the sum of the processes that are no more. */
export function sumLedgerPages(pages: readonly LedgerPageFacts[], ended: LedgerFacts): LedgerPageFacts {
  const rooms = new Map<string, RoomLedgerFacts>();
  let process = ended;
  for (const page of pages) {
    process = addLedgers(process, page.process);
    for (const each of page.rooms) {
      const other = rooms.get(each.room);
      const viewers = each.viewers + (other?.viewers ?? 0);
      const everywhere = Math.max(each.everywhere, other?.everywhere ?? 0);
      const ledger = other === undefined ? each.ledger : addLedgers(other.ledger, each.ledger);
      rooms.set(each.room, { room: each.room, viewers, everywhere, ledger });
    }
  }
  const cut = pages.filter((page) => page.rooms.length >= ROOMS_MAX).map(cutPage);
  const largest = [...rooms.values()]
    .sort(byViewersEverywhere)
    .slice(0, ROOMS_MAX)
    .map((room) => (cut.some((page) => mayLack(page, room)) ? { ...room, partial: true as const } : room));
  const connections = pages.flatMap((page) => page.connections ?? []).slice(0, CONNECTIONS_MAX);
  const isOfRoom = pages.some((page) => page.connections !== undefined);
  return { process, rooms: largest, ...(isOfRoom ? { connections } : {}) };
}

/** The rooms of a page that had no place for all. */
interface CutPage {
  readonly rooms: ReadonlySet<string>;
  readonly last: RoomLedgerFacts | undefined;
}

const cutPage = ({ rooms }: LedgerPageFacts): CutPage => ({
  rooms: new Set(rooms.map(({ room }) => room)),
  last: rooms.at(-1),
});

/** A process that has viewers of the room, and cut its page before it or knew another number of viewers. */
function mayLack({ rooms, last }: CutPage, room: RoomLedgerFacts): boolean {
  if (rooms.has(room.room)) return false;
  return room.viewers < room.everywhere || last === undefined || byViewersEverywhere(last, room) < 0;
}

/** The largest rooms as the metric has them; one of which some may be missing has none. */
export function roomSeries(rooms: readonly RoomLedgerFacts[], most: number): MetricFacts["values"] {
  const whole = rooms.slice(0, most).filter(({ partial }) => partial === undefined);
  return whole.flatMap(({ room, ledger }) =>
    metricTerms(ledger).map(([term, value]) => ({ value, labels: { room, term } })),
  );
}

/** The terms of the page by the names that they have as labels; the imbalance is no term. */
function metricTerms(ledger: LedgerFacts): readonly (readonly [string, number])[] {
  return Object.entries(ledger).flatMap(([term, records]) => {
    if (term === "imbalance") return [];
    if (typeof records === "number")
      return [[term.replaceAll(/_(.)/g, (__, letter: string) => letter.toUpperCase()), records] as const];
    return Object.entries(records).map(([reason, count]) => [`${term}_${reason}`, count] as const);
  });
}
