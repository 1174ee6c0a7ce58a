import { sleep } from "@barrage/kernel";
import type { FaultCase } from "./fault-case.ts";
import type { Servers } from "./servers.ts";
import type { Site } from "./site.ts";
import { World } from "./world.ts";
import type { Outcome } from "./world.ts";

/** Resident memory that no process of a site may reach, whatever breaks; a role that idles has some 120 MiB. */
const MEMORY_MAX_BYTES = 512 * 1_048_576;

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly barMs: number;
  /** Absent where the case cannot be had here. */
  readonly outcome?: Outcome;
  readonly peakBytes: number;
  /** Why it cannot be had here. */
  readonly skipped?: string;
  /** What is missed; empty for a case that holds. */
  readonly missed: readonly string[];
  /** Was it more than time? */
  readonly isHarmed: boolean;
}

export interface CaseOptions {
  readonly site: Site;
  readonly servers: Servers;
  /** Load after delivery has resumed. */
  readonly seconds: number;
  /** Times the bar that is allowed here: 1 but on machines that are busy with other things. */
  readonly slack?: number;
}

/** A site that just started compiles and collects for some seconds more; a fault meets one that is at work, ms. */
const SETTLED_MS = 3_000;

let runs = 0;

/** One case, from a site that is whole to a site that is whole. */
export async function runCase(fault: FaultCase, options: CaseOptions): Promise<Row> {
  const { name, title, barMs, isSticky = false } = fault;
  const skipped = fault.missing?.();
  if (skipped !== undefined)
    return { name, title, barMs, peakBytes: 0, skipped, missed: [], isHarmed: false };
  const { site, servers, seconds, slack = 1 } = options;
  await using world = new World(`${name}-${process.pid}-${++runs}`, { site, servers, isSticky });
  await site.spares();
  await world.warm();
  await sleep(SETTLED_MS);
  world.mark();
  try {
    await fault.run(world);
  } catch (error) {
    world.troubles.push(error instanceof Error ? error.message : String(error));
  }
  await world.delivers();
  await sleep(seconds * 1_000);
  await servers.heal();
  await site.ready();
  const outcome = await world.verdict();
  site.measure();
  const peakBytes = Math.max(...site.roles.map((role) => role.peakBytes));
  const crashes = site.roles.flatMap((role) =>
    role.crashes.splice(0).map((crash) => `${role.name} ${crash}`),
  );
  const missed = missedOf({ ...outcome, troubles: [...outcome.troubles, ...crashes] }, fault);
  const isHarmed = missed.length > 0;
  if (outcome.silenceMs > barMs * slack)
    missed.push(`delivery resumed after ${Math.round(outcome.silenceMs)} ms`);
  if (peakBytes > MEMORY_MAX_BYTES) missed.push(`a process had ${Math.round(peakBytes / 1_048_576)} MiB`);
  return { name, title, barMs, outcome, peakBytes, missed, isHarmed };
}

function missedOf(outcome: Outcome, { mayWithhold = false }: FaultCase): string[] {
  const missed = [...outcome.findings, ...outcome.troubles];
  if (outcome.acknowledged === 0) missed.push("nothing was acknowledged");
  if (!mayWithhold && outcome.withheld > 0) missed.push(`${outcome.withheld} gaps were told`);
  return missed;
}
