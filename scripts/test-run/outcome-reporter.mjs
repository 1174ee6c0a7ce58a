/** A node:test reporter: one JSON line for each finished test, for run-file.ts to read. */
export default async function* outcomeReporter(events) {
  /** Names of the suites and tests that have begun, by depth. */
  const begun = [];
  for await (const { type, data } of events) {
    // Such as an error after the last test ended, which fails the file and belongs to no test.
    if (type === "test:diagnostic" && data.message.startsWith("Error:")) console.error(data.message);
    if (type === "test:start") begun[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    const error = data.details.error;
    const isOwnFailure = type === "test:fail" && error?.failureType !== "subtestsFailed";
    const isSkipped = data.skip !== undefined || data.todo !== undefined;
    // A suite is counted only when it stands for tests that never ran, or failed by itself (a hook).
    if (data.details.type === "suite" && !isSkipped && !isOwnFailure) continue;
    if (type === "test:fail" && !isOwnFailure) continue;
    const outcome = isSkipped ? "skipped" : type === "test:pass" ? "passed" : "failed";
    const cause = error?.cause ?? error;
    yield `${JSON.stringify({
      outcome,
      name: data.name,
      suites: begun.slice(0, data.nesting),
      place: `${data.line}:${data.column}`,
      reason: typeof data.skip === "string" ? data.skip : undefined,
      error: outcome === "failed" ? String(cause?.stack ?? cause) : undefined,
    })}\n`;
  }
}
