import { isCancelled } from "@barrage/kernel";
import { BarrageError, isProtocolError, protocolError } from "@barrage/protocol";
import type { ErrorFields, ErrorSpec } from "@barrage/protocol";

/** A coded error as it travels. Message, stack and cause stay where they are: the table makes the sentence again. */
export interface ErrorOnLink {
  readonly code: string;
  readonly spec: ErrorSpec;
  readonly fields: ErrorFields;
}

/** What is no coded error is told as BARRAGE_INTERNAL; what was cut short, as a write of unknown outcome. */
export function errorToLink(error: unknown): ErrorOnLink {
  // First: the kernel's errors are coded too, and what was cut short may have been done.
  const known = isCancelled(error)
    ? protocolError("BARRAGE_LOG_UNAVAILABLE")
    : BarrageError.is(error)
      ? error
      : protocolError("BARRAGE_INTERNAL");
  const { code, spec, fields } = known;
  return { code, spec, fields };
}

/** The same error again, of the class that its thrower used. */
export function errorFromLink({ code, spec, fields }: ErrorOnLink): BarrageError {
  const error = new BarrageError({ code, spec }, fields);
  // The process's own row, where it has one: nobody changes a protocol error's status from the other end.
  return isProtocolError(error) ? protocolError(error.code, fields) : error;
}
