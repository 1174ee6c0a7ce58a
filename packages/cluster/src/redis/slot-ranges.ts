import type { Cluster } from "ioredis";

/** Slots that the same nodes serve. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  /** `host:port`. */
  readonly master: string;
  /** In order of their names: each node tells them in an order of its own. */
  readonly replicas: readonly string[];
}

/** Of the answer to `CLUSTER SLOTS`; what is not of its form is left out. */
export function rangesOf(reply: unknown): readonly SlotRange[] {
  const ranges = listOf(reply).flatMap((row) => {
    const [from, to, ...nodes] = listOf(row);
    const [master, ...replicas] = nodes.flatMap(nameOf);
    if (typeof from !== "number" || typeof to !== "number" || master === undefined) return [];
    return [{ from, to, master, replicas: replicas.toSorted() }];
  });
  return ranges.toSorted((one, other) => one.from - other.from);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function nameOf(node: unknown): readonly string[] {
  const [host, port] = listOf(node);
  return typeof host === "string" && host !== "" && typeof port === "number" ? [`${host}:${port}`] : [];
}

/**
 * Has the client these nodes for each of these slots, and a connection for each node?
 *
 * Cost       a look at each slot; those of one range share their list, which is compared once.
 */
export function knows(client: Pick<Cluster, "slots" | "nodes">, ranges: readonly SlotRange[]): boolean {
  const connected = new Set(
    client.nodes("all").map(({ options: { host = "", port = 0 } }) => `${host}:${port}`),
  );
  return ranges.every(
    (range) =>
      [range.master, ...range.replicas].every((name) => connected.has(name)) &&
      servesAll(client.slots, range),
  );
}

function servesAll(slots: Cluster["slots"], { from, to, master, replicas }: SlotRange): boolean {
  let seen: readonly string[] | undefined;
  for (let slot = from; slot <= to; slot += 1) {
    const names = slots[slot];
    if (names === undefined) return false;
    if (names === seen) continue;
    const [first, ...others] = names;
    if (first !== master || others.toSorted().join() !== replicas.join()) return false;
    seen = names;
  }
  return true;
}
