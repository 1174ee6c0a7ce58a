import { loadError } from "../errors.ts";
import type { ProtocolAdapter } from "./adapter.ts";
import { barrage, barrageV1 } from "./barrage.ts";
import { goim, goimBrotli, goimZlib } from "./goim.ts";
import { plainJson } from "./plain-json.ts";
import { socketIo } from "./socket-io.ts";

const ALL: readonly ProtocolAdapter[] = [barrage, barrageV1, goim, goimZlib, goimBrotli, plainJson, socketIo];

export const PROTOCOLS: readonly string[] = ALL.map(({ name }) => name);

/** Errors: LOAD_BAD_PLAN. */
export function protocolNamed(name: string): ProtocolAdapter {
  const found = ALL.find((adapter) => adapter.name === name);
  if (found !== undefined) return found;
  throw loadError("LOAD_BAD_PLAN", { what: `there is no protocol ${name}, only ${PROTOCOLS.join(", ")}` });
}
