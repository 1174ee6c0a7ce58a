import type { RoomState } from "@barrage/engine";

type Pairs = readonly (readonly [unknown, unknown])[];

/** Marks what was a map, for JSON has none. */
interface MapOnLink {
  readonly $map: Pairs;
}

/** A room's state for JSON: its maps become lists of pairs. */
export function stateToLink(state: RoomState): unknown {
  return withFields(state, (value) =>
    value instanceof Map ? { $map: [...(value as Map<unknown, unknown>)] } : value,
  );
}

export function stateFromLink(value: unknown): RoomState {
  return withFields(value as object, (field) =>
    isMapOnLink(field) ? new Map(field.$map) : field,
  ) as RoomState;
}

function withFields(object: object, change: (value: unknown) => unknown): unknown {
  const fields = Object.entries(object).map(([name, value]): [string, unknown] => [name, change(value)]);
  return Object.fromEntries(fields);
}

const isMapOnLink = (value: unknown): value is MapOnLink =>
  typeof value === "object" && value !== null && "$map" in value;
