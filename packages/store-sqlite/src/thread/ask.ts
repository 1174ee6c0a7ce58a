import { unlessCancelled } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { isStoreError } from "../errors.ts";

/**
 * The answer to one call, unless `ctx` is cancelled first.
 *
 * Errors     BARRAGE_OVERLOADED and BARRAGE_DRAINING where a peer may be told why; any other STORE_ code as it is.
 */
export async function ask<T>(call: Promise<T>, ctx: Context): Promise<T> {
  try {
    return await unlessCancelled(call, ctx);
  } catch (error) {
    if (isStoreError(error) && error.code === "STORE_BUSY")
      throw protocolError("BARRAGE_OVERLOADED", {}, error);
    if (isStoreError(error) && error.code === "STORE_CLOSED")
      throw protocolError("BARRAGE_DRAINING", {}, error);
    throw error;
  }
}
