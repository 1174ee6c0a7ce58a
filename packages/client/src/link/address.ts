import { clientError } from "../errors.ts";

/** Where a room's WebSocket is. `url` is the server's address: http, https, ws or wss; a path before `/ws` is kept. */
export function socketAddress(
  url: string,
  query: { readonly room: string; readonly token?: string | undefined; readonly since?: number | undefined },
): string {
  const address = parseAddress(url);
  address.protocol = address.protocol === "https:" || address.protocol === "wss:" ? "wss:" : "ws:";
  address.pathname = `${address.pathname.replace(/\/$/, "")}/ws`;
  address.searchParams.set("room_id", query.room);
  if (query.token !== undefined) address.searchParams.set("token", query.token);
  if (query.since !== undefined) address.searchParams.set("since", String(query.since));
  return address.href;
}

/** Where an HTTP call goes. */
export function httpAddress(url: string, path: string): string {
  const address = parseAddress(url);
  address.protocol = address.protocol === "wss:" || address.protocol === "https:" ? "https:" : "http:";
  return `${address.origin}${address.pathname.replace(/\/$/, "")}${path}`;
}

function parseAddress(url: string): URL {
  let address: URL;
  try {
    address = new URL(url);
  } catch (cause) {
    throw clientError("BARRAGE_CLIENT_BAD_ADDRESS", {}, cause);
  }
  if (!/^(https?|wss?):$/.test(address.protocol)) throw clientError("BARRAGE_CLIENT_BAD_ADDRESS");
  address.search = "";
  address.hash = "";
  return address;
}
