const UNREACHED = "1000000";
const LIMITS: readonly string[] = ["user", "room", "address", "join"].flatMap((who) => [
  `engine.limits.${who}.per-second`,
  `engine.limits.${who}.burst`,
]);

/** Settings that take the rate limits out of the way of a load that is about something else. */
export const UNLIMITED: Readonly<Record<string, string>> = Object.fromEntries(
  LIMITS.map((name) => [name, UNREACHED]),
);

/** The same as flags of `barrage serve`. */
export const NO_LIMITS: readonly string[] = LIMITS.map((name) => `--${name}=${UNREACHED}`);
