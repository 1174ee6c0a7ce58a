/** One row of the table in a process of its own, so that no other row's types are in its compiled code. */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { compare, type Contender } from "./measure.ts";
import { ours } from "./ours.ts";

const [row = "", rounds = "7"] = process.argv.slice(2);
const own = ours[row];
if (own === undefined) throw new Error(`no row ${row}`);
const { peers } = (await import(pathToFileURL(join(import.meta.dirname, "peers.mjs")).href)) as {
  peers: Readonly<Record<string, Readonly<Record<string, Contender>>>>;
};
console.log(JSON.stringify(await compare({ kernel: own, ...peers[row] }, Number(rounds))));
