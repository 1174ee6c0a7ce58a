import type { Item, RoomSummary } from "@barrage/protocol";
import { clientError } from "../errors.ts";
import type { CallOptions } from "./call.ts";
import { call, isObject, rowsOf } from "./call.ts";

/** Rooms that are not closed, most viewers first. */
export async function fetchRooms(url: string, options: CallOptions = {}): Promise<readonly RoomSummary[]> {
  const answer = await call({ ...options, url, method: "GET", path: "/api/v1/rooms" });
  return rowsOf(answer, "rooms") as readonly RoomSummary[];
}

/** One room. Errors: BARRAGE_ROOM_UNKNOWN. */
export async function fetchRoom(url: string, room: string, options: CallOptions = {}): Promise<RoomSummary> {
  const path = `/api/v1/rooms/${encodeURIComponent(room)}`;
  const answer = await call({ ...options, url, method: "GET", path });
  if (!isObject(answer) || typeof answer["id"] !== "string") {
    throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: 200 });
  }
  return answer as unknown as RoomSummary;
}

export interface HistoryQuery {
  /** Wall clock of ingest, ms: from (inclusive) and to (exclusive). */
  readonly from?: number;
  readonly to?: number;
  /** `next` of the page before. */
  readonly after?: number;
  readonly limit?: number;
}

export interface HistoryPage {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly next?: number;
}

/** One page of a room's history, in order. */
export async function fetchHistory(
  url: string,
  room: string,
  query: HistoryQuery = {},
  options: CallOptions = {},
): Promise<HistoryPage> {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, number | undefined][]) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const path = `/api/v1/rooms/${encodeURIComponent(room)}/danmu?${parameters.toString()}`;
  const answer = await call({ ...options, url, method: "GET", path });
  const items = rowsOf(answer, "items") as readonly Item[];
  const next = isObject(answer) ? answer["next"] : undefined;
  return typeof next === "number" ? { items, next } : { items };
}
