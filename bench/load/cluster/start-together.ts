/** Waits for all that are being started. Where one fails, those that did start are ended, and its failure is thrown. */
export async function startTogether<T extends readonly AsyncDisposable[]>(
  ...starting: { readonly [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled(starting);
  if (settled.some(({ status }) => status === "rejected")) {
    const started = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    await Promise.all(started.map((each) => each[Symbol.asyncDispose]()));
  }
  return Promise.all(starting) as Promise<unknown> as Promise<T>;
}
