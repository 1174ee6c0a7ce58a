import type { IncomingMessage } from "node:http";
import { isRoomId, protocolError } from "@barrage/protocol";

/** What the address of a WebSocket asks for, before anyone has checked who asks. */
export interface WsRequest {
  readonly room: string;
  readonly token: string | undefined;
  readonly since: number | undefined;
}

/** The path of an upgrade, without its query. */
export const pathOf = (request: IncomingMessage): string => (request.url ?? "").split("?", 1)[0] ?? "";

/** Errors: BARRAGE_ROOM_UNKNOWN for an id that no room can have, BARRAGE_BAD_SINCE. */
export function parseWsRequest(request: IncomingMessage): WsRequest {
  // Only path and query are read; the base is there because a URL needs one.
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const room = searchParams.get("room_id");
  if (!isRoomId(room)) throw protocolError("BARRAGE_ROOM_UNKNOWN");
  return { room, token: tokenOf(request, searchParams), since: sinceOf(searchParams) };
}

function tokenOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const inQuery = query.get("token");
  if (inQuery !== null && inQuery !== "") return inQuery;
  const { authorization } = request.headers;
  return authorization?.startsWith("Bearer ") === true ? authorization.slice("Bearer ".length) : undefined;
}

function sinceOf(query: URLSearchParams): number | undefined {
  const text = query.get("since");
  if (text === null || text === "") return undefined;
  const since = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(since)) throw protocolError("BARRAGE_BAD_SINCE");
  return since;
}
