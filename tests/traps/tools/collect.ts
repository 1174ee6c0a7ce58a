// Collections a proof may take (a count): the first one finds it, the callbacks come some turns later.
const COLLECTIONS = 20;

/** Collects garbage until `isSeen`, or often enough to say that there is nothing to see. */
export async function collectUntil(isSeen: () => boolean): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("start node with --expose-gc");
  for (let left = COLLECTIONS; left > 0 && !isSeen(); left--) {
    gc();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
