import { Latency } from "./latency.ts";
import type { LatencySummary } from "./latency.ts";
import type { AudienceLog } from "./room-audience.ts";

/** One acknowledged publish. */
export interface Published {
  readonly seq: number;
  /** When it was due to be sent, ms on `performance.now()`. */
  readonly dueAt: number;
  readonly content: string;
}

export interface DeliveryReport {
  /** From the moment a send was due to its last byte at a viewer, over all viewers. */
  readonly latency: LatencySummary;
  /** Acknowledged records that a batch's range covers, over all viewers and the whole run. */
  readonly covered: number;
  readonly contentsChecked: number;
  readonly contentsWrong: number;
}

/**
 * Puts what viewers received beside what was published. A batch's range (prev, seq] names its records: their `seq` is
 * known from their acks, so no record needs to be read to time its delivery.
 *
 * Units      `from`, `to`: only records due in between count for latency, ms on `performance.now()`.
 */
export function report(
  published: readonly Published[],
  log: AudienceLog,
  { from, to }: { readonly from: number; readonly to: number },
): DeliveryReport {
  const inOrder = published.toSorted((a, b) => a.seq - b.seq);
  const seqs = Float64Array.from(inOrder, ({ seq }) => seq);
  const dueAt = Float64Array.from(inOrder, (each) => each.dueAt);
  const latency = new Latency();
  let covered = 0;
  for (const receipts of log.receipts) {
    let place = 0;
    for (let at = 0; at < receipts.length; at += 3) {
      const prev = receipts[at] ?? 0;
      const seq = receipts[at + 1] ?? 0;
      const received = receipts[at + 2] ?? 0;
      while (place < seqs.length && (seqs[place] ?? 0) <= prev) place += 1;
      for (; place < seqs.length && (seqs[place] ?? 0) <= seq; place += 1) {
        covered += 1;
        const due = dueAt[place] ?? 0;
        if (due >= from && due < to) latency.record(received - due);
      }
    }
  }
  return { latency: latency.summary, covered, ...contents(inOrder, log) };
}

function contents(published: readonly Published[], { sampled }: AudienceLog) {
  const bySeq = new Map(published.map(({ seq, content }) => [seq, content]));
  let [contentsChecked, contentsWrong] = [0, 0];
  for (const items of sampled) {
    for (const { seq, kind, content } of items) {
      if (kind !== "danmaku") continue;
      contentsChecked += 1;
      if (bySeq.get(seq) !== content) contentsWrong += 1;
    }
  }
  return { contentsChecked, contentsWrong };
}
