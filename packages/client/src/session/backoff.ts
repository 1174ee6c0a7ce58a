/** How long to wait between attempts. */
export interface BackoffSettings {
  /** Longest wait before the second attempt, ms. */
  readonly baseMs: number;
  /** Longest wait ever, ms. */
  readonly maxMs: number;
}

// A single drop is mended within a second; a server that is down is asked by each client once in 15 s on average.
export const DEFAULT_BACKOFF: BackoffSettings = { baseMs: 1_000, maxMs: 30_000 };

// 2^30 times any base is above every sensible maximum, and still exact.
const DOUBLINGS_MAX = 30;

/**
 * Full jitter: anywhere from 0 to the exponential limit, so that viewers who lost one server do not come back at once.
 *
 * Units      `attempt` from 0; `random` in [0, 1); answer in whole ms, never above `maxMs`.
 */
export function backoffMs(settings: BackoffSettings, attempt: number, random: number): number {
  const limit = Math.min(settings.maxMs, settings.baseMs * 2 ** Math.min(attempt, DOUBLINGS_MAX));
  return Math.floor(random * limit);
}
