/** Starts a Redis Cluster in the folder that it is given, tells its process ids, and stays. */
import { startRedis } from "@barrage/launchers";
import { redis } from "./programs.ts";

const [dir = ""] = process.argv.slice(2);
const cluster = await startRedis({ programs: redis(), dir, keep: true, masters: 3, replicas: 0 });
// Its children keep it.
console.log(JSON.stringify(cluster.processes.map(({ pid }) => pid)));
