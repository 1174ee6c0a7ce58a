/** Spans (ms) that nothing reaches on a machine that has too much to do; a test of a span sets its own. */
export const PATIENT = {
  requestTimeoutMs: 60_000,
  metadataTimeoutMs: 60_000,
  deliveryTimeoutMs: 120_000,
} as const;
