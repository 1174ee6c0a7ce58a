import type { Acked, Archived, Sight } from "./record.ts";

/** What came of a case; every count but `withheld` must be 0. */
export interface Counts {
  /** Acknowledged, and absent from a viewer's sight or from the archive without a word. */
  readonly lost: number;
  /** Ids or texts that a viewer, or the archive, has more than once. */
  readonly duplicated: number;
  /** A seq not above the one before, an `n` that jumps without a gap, a broken chain, a seq that is not the acknowledged one. */
  readonly disordered: number;
  /** Ranges that viewers were told they do not get. */
  readonly withheld: number;
  /** The first few findings, in words. */
  readonly findings: readonly string[];
}

const SHOWN = 8;

/** Keeps count of findings of one kind. */
class Findings {
  lost = 0;
  duplicated = 0;
  disordered = 0;
  readonly words: string[] = [];

  add(kind: "lost" | "duplicated" | "disordered", words: string): void {
    this[kind] += 1;
    if (this.words.length < SHOWN) this.words.push(`${kind}: ${words}`);
  }
}

/** Compares what was acknowledged with what each viewer noted for itself, and with the archive of each room. */
export function judge(
  acked: readonly Acked[],
  sights: readonly Sight[],
  archives: ReadonlyMap<string, readonly Archived[]>,
): Counts {
  const findings = new Findings();
  for (const sight of sights) {
    const due = acked.filter(({ room, seq }) => room === sight.room && seq > sight.since);
    judgeSight(sight, due, findings);
  }
  for (const [room, records] of archives) {
    const due = acked.filter((one) => one.room === room);
    judgeArchive(room, records, due, findings);
  }
  const withheld = sights.reduce((sum, sight) => sum + sight.withheld.length, 0);
  const { lost, duplicated, disordered, words } = findings;
  return { lost, duplicated, disordered, withheld, findings: words };
}

function judgeSight(sight: Sight, due: readonly Acked[], findings: Findings): void {
  const { viewer, seen, withheld } = sight;
  const isWithheld = (seq: number): boolean => withheld.some(({ from, to }) => seq > from && seq <= to);
  const places = new Map(seen.map(({ id, seq }) => [id, seq]));
  for (const { id, seq, content } of due) {
    const place = places.get(id);
    if (place === undefined && !isWithheld(seq))
      findings.add("lost", `${viewer} never saw ${content} (${id}, seq ${seq})`);
    if (place !== undefined && place !== seq)
      findings.add("disordered", `${viewer} saw ${content} at ${place}, acknowledged was ${seq}`);
  }
  for (const fault of sight.faults) findings.add("disordered", `${viewer}: ${fault}`);
  oncePer(viewer, seen, findings);
  for (const [i, { seq, n }] of seen.entries()) {
    const before = seen[i - 1];
    if (before === undefined) continue;
    if (seq <= before.seq) findings.add("disordered", `${viewer}: seq ${seq} after ${before.seq}`);
    const hasGap = withheld.some(({ from, to }) => from < seq && to > before.seq);
    if (n !== before.n + 1 && !hasGap)
      findings.add("disordered", `${viewer}: n ${n} after ${before.n}, at seq ${seq}`);
  }
}

function judgeArchive(
  room: string,
  records: readonly Archived[],
  due: readonly Acked[],
  findings: Findings,
): void {
  const places = new Map(records.map(({ id, seq }) => [id, seq]));
  for (const { id, seq, content } of due) {
    const place = places.get(id);
    if (place === undefined) findings.add("lost", `the archive of ${room} lacks ${content} (seq ${seq})`);
    else if (place !== seq) findings.add("disordered", `the archive has ${content} at ${place}, not ${seq}`);
  }
  oncePer(`the archive of ${room}`, records, findings);
  for (const [i, { seq, n }] of records.entries()) {
    const before = records[i - 1];
    if (before !== undefined && n !== before.n + 1)
      findings.add("disordered", `the archive of ${room}: n ${n} after ${before.n}, at seq ${seq}`);
  }
}

/** Neither an id nor what a publisher said once is there twice. */
function oncePer(
  who: string,
  records: readonly { readonly id: string; readonly kind: string; readonly content?: string }[],
  findings: Findings,
): void {
  const ids = new Set<string>();
  const contents = new Set<string>();
  for (const { id, kind, content = "" } of records) {
    const isKnown = ids.has(id) || (kind === "danmaku" && contents.has(content));
    if (isKnown) findings.add("duplicated", `${who} has ${content} twice (${id})`);
    ids.add(id);
    if (kind === "danmaku") contents.add(content);
  }
}

/**
 * The longest time, ms, that a viewer waited for the next record, counting only what lies behind `from`; up to `to`,
 * when the load had not ended yet.
 */
export function longestSilence(sights: readonly Sight[], from: number, to: number): number {
  let longest = 0;
  for (const { seen } of sights) {
    let last = from;
    for (const { at } of seen) {
      if (at <= from) continue;
      longest = Math.max(longest, Math.min(at, to) - last);
      last = at;
      if (at >= to) break;
    }
    longest = Math.max(longest, to - last);
  }
  return longest;
}
