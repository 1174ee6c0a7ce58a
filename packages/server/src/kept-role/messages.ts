import { z } from "zod";

const fromRole = z.discriminatedUnion("type", [
  /** It is loaded and waits to be told to begin. */
  z.object({ type: z.literal("hello") }),
  /** Nobody wanted it so far, and it has rehearsed its start. */
  z.object({ type: z.literal("rehearsed") }),
  /** It takes work. */
  z.object({ type: z.literal("serves") }),
]);

/** What a role's process says to its supervisor. */
export type FromRole = z.output<typeof fromRole>;

const toRole = z.discriminatedUnion("type", [
  /** `restarts`: how many processes there were before in its place. */
  z.object({ type: z.literal("start"), restarts: z.int().min(0) }),
  z.object({ type: z.literal("drain") }),
]);

/** What a supervisor says to a role's process. */
export type ToRole = z.output<typeof toRole>;

/** Undefined: it is none of the known ones. */
export const fromRoleOf = (message: unknown): FromRole | undefined => fromRole.safeParse(message).data;

/** Undefined: it is none of the known ones. */
export const toRoleOf = (message: unknown): ToRole | undefined => toRole.safeParse(message).data;
