import assert from "node:assert/strict";
import type { Ledger } from "@barrage/engine";

/** An HTTP answer with its body read; `json` is undefined for a body that is none. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export async function post(url: string, path: string, body: object, token?: string): Promise<Answered> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  const response = await fetch(new URL(path, url), { method: "POST", headers, body: JSON.stringify(body) });
  return answered(response);
}

export const get = async (url: string, path: string): Promise<Answered> =>
  answered(await fetch(new URL(path, url)));

async function answered(response: Response): Promise<Answered> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, text, json };
}

export async function login(
  url: string,
  who: { readonly uid: string; readonly role?: string; readonly key?: string },
): Promise<string> {
  const { status, json, text } = await post(url, "/auth/login", who);
  assert.equal(status, 200, text);
  return String(json["token"]);
}

export interface HistoryItem {
  readonly id: string;
  readonly kind: string;
  readonly seq: number;
  readonly n: number;
  readonly content?: string;
  readonly client_msg_id?: string;
}

/** All of a room's history, page by page, through the public API. */
export async function wholeHistory(url: string, room: string): Promise<readonly HistoryItem[]> {
  const items: HistoryItem[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const { status, json, text } = await get(url, `/api/v1/rooms/${room}/danmu?limit=500&after=${after}`);
    assert.equal(status, 200, text);
    items.push(...(json["items"] as HistoryItem[]));
    after = json["next"] as number | undefined;
  }
  return items;
}

/** The page's names of two terms; the others are the ledger's own. */
interface LedgerPage extends Omit<Ledger, "lostAtClose" | "inFlight"> {
  readonly lost_at_close: number;
  readonly in_flight: number;
}

/** The server's ledger over all connections that are or were there, once nothing is under way any more. */
export async function ledgerOf(url: string): Promise<Ledger> {
  for (;;) {
    const { status, json, text } = await get(url, "/debug/ledger");
    assert.equal(status, 200, text);
    const page = json["process"] as LedgerPage & { readonly imbalance: number };
    const { lost_at_close: lostAtClose, in_flight: inFlight, imbalance: _, ...terms } = page;
    if (inFlight === 0) return { ...terms, lostAtClose, inFlight };
  }
}
