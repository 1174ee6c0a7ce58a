import type { FileContents } from "@barrage/files";
import type { ReplayPlan } from "./plan.ts";
import type { Tally } from "./tally.ts";

export interface ReplayResult {
  readonly file: FileContents;
  readonly plan: ReplayPlan;
  readonly tally: Tally;
  readonly elapsedMs: number;
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

/** What a replay did, in a few lines: every danmaku of the file is in exactly one count. */
export function summaryLines({ file, plan, tally, elapsedMs }: ReplayResult): string[] {
  const seconds = elapsedMs / 1_000;
  const rate = seconds > 0 ? Math.round(tally.sent / seconds) : tally.sent;
  const lines = [
    `sent ${tally.sent} of ${tally.total} in ${seconds.toFixed(1)} s (${rate} per second): ` +
      `acked ${tally.acked}, held ${tally.held}, lost ${tally.lost}, retries ${tally.retries}`,
  ];
  if (tally.lost > 0) lines.push(`lost: ${listed(Object.fromEntries(tally.lostByCode))}`);
  const skipped = sum(file.skippedByReason);
  if (skipped > 0) lines.push(`skipped ${skipped} of the file: ${listed(file.skippedByReason)}`);
  const noted = { ...file.noted, ...plan.adjusted };
  if (sum(noted) > 0) lines.push(`put right: ${listed(noted)}`);
  if (file.stripped > 0) lines.push(`characters that XML cannot hold, removed: ${file.stripped}`);
  return lines;
}
