import type { LedgerFacts, LedgerPageFacts } from "./facts.ts";

/** Rooms, and connections of one room, that a page has at most. */
export const ROOMS_MAX = 100;
export const CONNECTIONS_MAX = 1_000;

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
  const rooms = new Map<string, LedgerPageFacts["rooms"][number]>();
  let process = ended;
  for (const page of pages) {
    process = addLedgers(process, page.process);
    for (const each of page.rooms) {
      const other = rooms.get(each.room);
      const viewers = each.viewers + (other?.viewers ?? 0);
      const ledger = other === undefined ? each.ledger : addLedgers(other.ledger, each.ledger);
      rooms.set(each.room, { room: each.room, viewers, ledger });
    }
  }
  const largest = [...rooms.values()].sort((a, b) => b.viewers - a.viewers).slice(0, ROOMS_MAX);
  const connections = pages.flatMap((page) => page.connections ?? []).slice(0, CONNECTIONS_MAX);
  const isOfRoom = pages.some((page) => page.connections !== undefined);
  return { process, rooms: largest, ...(isOfRoom ? { connections } : {}) };
}
