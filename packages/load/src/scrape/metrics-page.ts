import type { Context } from "@barrage/kernel";
import { parseMetrics } from "./prometheus-text.ts";
import type { MetricsPage } from "./prometheus-text.ts";

/** Time an answer may take, ms: a second's figures that come later belong to another second. */
const ANSWER_WITHIN_MS = 800;
/** Ten thousand metrics of 400 bytes. */
const PAGE_MAX_BYTES = 4_194_304;

export type Scraped = { readonly page: MetricsPage } | { readonly problem: string };

/** Reads a metrics page. Throws only when `ctx` is cancelled by others. */
export async function scrape(url: string, token: string | undefined, ctx: Context): Promise<Scraped> {
  using limited = ctx.cancellable({ timeout: ANSWER_WITHIN_MS, name: "metrics" });
  try {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, { headers, signal: limited.signal });
    if (!response.ok) {
      await response.body?.cancel();
      return { problem: `${url} answers ${response.status}` };
    }
    const text = await textUpTo(PAGE_MAX_BYTES, response);
    if (text === undefined) return { problem: `${url} has more than ${PAGE_MAX_BYTES} bytes` };
    const page = parseMetrics(text);
    return page.samples.length > 0 ? { page } : { problem: `${url} has no metrics` };
  } catch (error) {
    ctx.throwIfCancelled();
    if (limited.cancelled) return { problem: `${url} did not answer within ${ANSWER_WITHIN_MS} ms` };
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { problem: `${url}: ${cause instanceof Error ? cause.message : String(cause)}` };
  }
}

async function textUpTo(limit: number, response: Response): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return "";
  for await (const piece of response.body as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > limit) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
