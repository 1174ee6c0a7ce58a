/** Waits for all servers that are being started. Where one fails, those that did start are ended, and its failure is thrown. */
export async function startTogether<T extends readonly AsyncDisposable[]>(
  ...starting: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled(starting);
  const failures = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  if (failures.length === 0) return Promise.all(starting) as Promise<unknown> as Promise<T>;
  const started = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  await Promise.all(started.map((each) => each[Symbol.asyncDispose]()));
  throw failures.length === 1 ? failures[0] : new AggregateError(failures, "the servers do not start");
}
