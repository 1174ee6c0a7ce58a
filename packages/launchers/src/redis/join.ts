import type { Reply } from "./resp.ts";
import type { Server } from "./node.ts";

const SLOTS = 16_384;

/** What joining needs of a cluster whose nodes answer. */
export interface Asked {
  ask(node: number, ...words: readonly (string | number)[]): Promise<Reply>;
  until(what: string, holds: () => Promise<boolean>): Promise<void>;
}

export interface Shape {
  readonly masters: number;
  /** Has none of the nodes been in a cluster yet? */
  readonly isNew: boolean;
}

/** Makes one cluster of the nodes, or of those of an earlier run, whose ports were others; resolves when it is whole. */
export async function joinNodes(
  cluster: Asked,
  servers: readonly Server[],
  { masters, isNew }: Shape,
): Promise<void> {
  if (isNew) {
    await giveSlots(cluster, masters);
    await meet(cluster, servers, [0]);
    for (let node = masters; node < servers.length; node++)
      await follow(cluster, node, servers[node % masters]?.id ?? "");
  } else {
    // Each knows the others by addresses of the past, and believes of a new one what its owner says, nobody else.
    await meet(cluster, servers, [...servers.keys()]);
  }
  await cluster.until("the cluster is whole", () => isWhole(cluster, servers, masters));
}

async function giveSlots(cluster: Asked, masters: number): Promise<void> {
  for (let node = 0; node < masters; node++) {
    const first = Math.floor((node * SLOTS) / masters);
    const last = Math.floor(((node + 1) * SLOTS) / masters) - 1;
    await cluster.ask(node, "CLUSTER", "ADDSLOTSRANGE", first, last);
    // Different from the start: equal ones have to be fought out, which takes seconds.
    await cluster.ask(node, "CLUSTER", "SET-CONFIG-EPOCH", node + 1);
  }
}

async function meet(cluster: Asked, servers: readonly Server[], whom: readonly number[]): Promise<void> {
  for (const node of whom) {
    for (const [other, { port, busPort }] of servers.entries()) {
      if (other !== node) await cluster.ask(node, "CLUSTER", "MEET", "127.0.0.1", port, busPort);
    }
  }
}

const follow = (cluster: Asked, node: number, master: string): Promise<void> =>
  cluster.until(
    `node ${node} follows its master`,
    async () => (await cluster.ask(node, "CLUSTER", "REPLICATE", master)) === "OK",
  );

async function isWhole(cluster: Asked, servers: readonly Server[], masters: number): Promise<boolean> {
  let following = 0;
  for (const node of servers.keys()) {
    const info = String(await cluster.ask(node, "CLUSTER", "INFO"));
    if (!info.includes("cluster_state:ok") || !info.includes(`cluster_slots_ok:${SLOTS}`)) return false;
    if (!info.includes(`cluster_known_nodes:${servers.length}`)) return false;
    if (!info.includes(`cluster_size:${masters}`)) return false;
    const replication = String(await cluster.ask(node, "INFO", "replication"));
    if (!replication.includes("role:slave")) continue;
    if (!replication.includes("master_link_status:up")) return false;
    following += 1;
  }
  return following === servers.length - masters;
}
