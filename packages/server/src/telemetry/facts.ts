import { z } from "zod";

const metric = z.object({
  name: z.string(),
  help: z.string(),
  type: z.enum(["counter", "gauge", "histogram"]),
  aggregator: z.enum(["sum", "max", "min"]),
  values: z.array(
    z.object({
      value: z.number(),
      labels: z.record(z.string(), z.union([z.string(), z.number()])),
      metricName: z.string().optional(),
    }),
  ),
});

/** A ledger as the page has it: each term a number of records, or numbers by reason. */
const ledger = z.record(z.string(), z.union([z.number(), z.record(z.string(), z.number())]));

const ledgerPage = z.object({
  process: ledger,
  rooms: z.array(
    z.object({
      room: z.string(),
      viewers: z.number().min(0),
      /** Viewers in all processes, as far as the one that tells knows. */
      everywhere: z.number().min(0),
      ledger,
      /** Some of the room may be missing. */
      partial: z.literal(true).optional(),
    }),
  ),
  /** Of one room, where that was asked for. */
  connections: z.array(ledger).optional(),
});

/** What one process tells of itself, as it comes from another process. */
export const factsSchema = z.object({
  metrics: z.array(metric),
  /** Absent where there are no connections. */
  ledger: ledgerPage.optional(),
});

export type MetricFacts = z.output<typeof metric>;
export type LedgerFacts = z.output<typeof ledger>;
export type LedgerPageFacts = z.output<typeof ledgerPage>;
export type RoomLedgerFacts = LedgerPageFacts["rooms"][number];
/** One process's metrics and ledgers at a moment. */
export type Facts = z.output<typeof factsSchema>;
