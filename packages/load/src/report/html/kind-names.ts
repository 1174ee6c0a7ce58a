import type { LatencyKind } from "../../run/second.ts";

/** What each kind of latency is, in words. */
export const KIND_NAMES: Readonly<Record<LatencyKind, string>> = {
  delivery: "send to receive",
  ack: "send to ack",
  connect: "connect",
  login: "log in",
  catchUp: "catch up",
};
