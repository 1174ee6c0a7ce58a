import { z } from "zod";
import { serverError } from "../errors.ts";
import { factsSchema } from "../telemetry/facts.ts";

const port = z.int().min(1).max(65_535);
const id = z.int().min(0);

const load = z.object({
  connections: z.number().min(0),
  queue: z.number().min(0),
  /** CPU time as a share of one core. */
  cpuShare: z.number().min(0),
  loopDelayMs: z.number().min(0),
  residentBytes: z.number().min(0),
});

/** How one process goes. */
export type ProcessLoad = z.output<typeof load>;

const QUESTIONS = ["metrics", "ledger", "workers"] as const;
/** What a gateway asks of all processes together. */
export type Question = (typeof QUESTIONS)[number];

const fromChild = z.discriminatedUnion("type", [
  /** It is loaded and waits to be told what it is. */
  z.object({ type: z.literal("hello") }),
  /** It serves. An owner has no address. */
  z.object({
    type: z.literal("ready"),
    address: z.object({ address: z.string(), family: z.string(), port }).optional(),
    subPort: port.optional(),
  }),
  z.object({ type: z.literal("failed"), code: z.string(), message: z.string() }),
  z.object({ type: z.literal("report"), load, facts: factsSchema.optional() }),
  z.object({ type: z.literal("facts"), id, facts: factsSchema }),
  z.object({ type: z.literal("ask"), id, question: z.enum(QUESTIONS), room: z.string().optional() }),
]);

/** What a process says to its supervisor. */
export type FromChild = z.output<typeof fromChild>;

const start = z.object({
  type: z.literal("start"),
  role: z.enum(["owner", "worker"]),
  id,
  generation: id,
  /** The whole configuration, checked again by whoever gets it. */
  config: z.unknown(),
  socketPath: z.string(),
  listen: z
    .object({
      host: z.string(),
      port: z.int().min(0).max(65_535),
      reusePort: z.boolean(),
      subPort: z.int().min(0).max(65_535).nullable(),
    })
    .optional(),
  webRoot: z.string().optional(),
});

/** What a process is told to be. */
export type StartMessage = z.output<typeof start>;

const toChild = z.discriminatedUnion("type", [
  start,
  z.object({ type: z.literal("drain") }),
  z.object({ type: z.literal("force") }),
  z.object({ type: z.literal("collect"), id, room: z.string().optional() }),
  z.object({ type: z.literal("answer"), id, body: z.unknown() }),
]);

/** What a supervisor says to a process. */
export type ToChild = z.output<typeof toChild>;

/** Errors: SERVER_BAD_CONTROL_MESSAGE. */
export const decodeFromChild = (message: unknown): FromChild => decoded(fromChild, message);

/** Errors: SERVER_BAD_CONTROL_MESSAGE. */
export const decodeToChild = (message: unknown): ToChild => decoded(toChild, message);

function decoded<S extends z.ZodType>(schema: S, message: unknown): z.output<S> {
  const result = schema.safeParse(message);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join(".");
  const reason = where === undefined || where === "" ? "it is none of the known ones" : `${where} is wrong`;
  throw serverError("SERVER_BAD_CONTROL_MESSAGE", { reason }, result.error);
}
