import type { BenchServer } from "./server-process.ts";

/** What became of all records of a server of Barrage, as its metrics page says. */
export interface ServerLedger {
  readonly published: number;
  readonly replayed: number;
  readonly delivered: number;
  /** All that was withheld from slow viewers, or was too old to be given. */
  readonly shed: number;
  readonly lostAtClose: number;
  readonly inFlight: number;
  /** Anything but 0 is a fault of the accounting. */
  readonly imbalance: number;
}

/** The longest flush window in force, ms, as a metrics page says. */
export const windowIn = (page: string): number =>
  Math.round(Number(/^barrage_flush_window_seconds(?:\{[^}]*\})? (\S+)$/m.exec(page)?.[1]) * 1_000);

/** Open connections of each worker of a server with several, by its name. */
export const workerConnectionsIn = (page: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...page.matchAll(/^barrage_worker_connections\{worker="([^"]*)"\} (\S+)$/gm)].map(
      ([, worker, count]) => [worker, Number(count)],
    ),
  );

export async function metricsPage({ host, port }: Pick<BenchServer, "host" | "port">): Promise<string> {
  const response = await fetch(`http://${host}:${port}/metrics`);
  if (!response.ok) throw new Error(`the server has no metrics: ${response.status}`);
  return response.text();
}

export const serverLedger = async (server: Pick<BenchServer, "host" | "port">): Promise<ServerLedger> =>
  ledgerIn(await metricsPage(server));

/** Of a page of a server with several workers, the sum of theirs. Throws for a page without one: silence is not balance. */
export function ledgerIn(page: string): ServerLedger {
  if (!/^barrage_ledger_imbalance_records(?:\{[^}]*\})? \S/m.test(page))
    throw new Error("the server's metrics have no ledger");
  const sumOf = (name: string): number =>
    [...page.matchAll(new RegExp(String.raw`^${name}(?:\{[^}]*\})? (\S+)$`, "gm"))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  const term = (name: string): number =>
    sumOf(String.raw`barrage_ledger_records\{[^}]*term="${name}"[^}]*\}`);
  return {
    published: term("published"),
    replayed: term("replayed"),
    delivered: term("delivered"),
    shed: term("shed_slow") + term("shed_expired"),
    lostAtClose: term("lostAtClose"),
    inFlight: term("inFlight"),
    imbalance: sumOf("barrage_ledger_imbalance_records"),
  };
}

/**
 * Why not every record is accounted for, for people; empty when each is in one term and no fewer were delivered than the
 * generator received by its own count.
 */
export function ledgerFaults({ imbalance, delivered }: ServerLedger, received: number): readonly string[] {
  return [
    ...(imbalance === 0 ? [] : [`the server's ledger does not balance: ${imbalance} records are in no term`]),
    ...(delivered >= received
      ? []
      : [`the server's ledger has ${delivered} delivered of ${received} received`]),
  ];
}

export const ledgerLine = ({
  published,
  replayed,
  delivered,
  shed,
  lostAtClose,
  imbalance,
}: ServerLedger): string =>
  `server's ledger: published to its viewers ${published} + replayed ${replayed}, delivered ${delivered}, shed ${shed}, ` +
  `lost at close ${lostAtClose}, imbalance ${imbalance}`;
