import { BarrageError } from "@barrage/protocol";
import { LOAD_ERRORS, loadError } from "../errors.ts";
import type { RoomAcks } from "../run/load-worker.ts";
import type { PackedAcks, PackedError } from "./messages.ts";

const DOUBLE_BYTES = 8;

/** As doubles, because a second's acknowledgements as decimal text would take the worker a pause of milliseconds. */
export const packAcks = (acks: RoomAcks): PackedAcks =>
  Object.fromEntries(
    Object.entries(acks).map(([room, list]) => {
      const bytes = Buffer.allocUnsafe(list.length * DOUBLE_BYTES);
      for (const [index, number] of list.entries()) bytes.writeDoubleLE(number, index * DOUBLE_BYTES);
      return [room, bytes.toString("base64")];
    }),
  );

export const unpackAcks = (packed: PackedAcks): RoomAcks =>
  Object.fromEntries(
    Object.entries(packed).map(([room, text]) => {
      const bytes = Buffer.from(text, "base64");
      const count = Math.floor(bytes.length / DOUBLE_BYTES);
      return [room, Array.from({ length: count }, (_, index) => bytes.readDoubleLE(index * DOUBLE_BYTES))];
    }),
  );

export function packError(error: unknown): PackedError {
  const message = error instanceof Error ? error.message : String(error);
  if (!BarrageError.is(error)) return { code: "", fields: {}, message };
  return { code: error.code, fields: error.fields, message };
}

const isOurs = (code: string): code is keyof typeof LOAD_ERRORS => Object.hasOwn(LOAD_ERRORS, code);

/** The error as it was; one that is not of the table is the worker's own fault, and it counts as lost. */
export function unpackError({ code, fields, message }: PackedError, worker: string): Error {
  if (isOurs(code)) return loadError(code, fields);
  return loadError("LOAD_WORKER_LOST", { worker, reason: message });
}
