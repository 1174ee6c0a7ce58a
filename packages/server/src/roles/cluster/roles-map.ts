import { CLUSTER_ROLES } from "../../config/cluster-section.ts";
import type { ClusterRole } from "../../config/cluster-section.ts";
import { serverError } from "../../errors.ts";
import { NEEDED } from "./dependencies.ts";
import { graphOf, lifecycleOf } from "./graph.ts";

/** Nothing is started for a map. */
const graph = graphOf(() => {
  throw serverError("SERVER_CONFIG_INVALID", { problems: "a map starts nothing" });
});

const plans = new Map(CLUSTER_ROLES.map((role) => [role, lifecycleOf(role, graph).plan()]));
const planOf = (role: ClusterRole) => plans.get(role) ?? [];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Which role opens what, in which order, and what it cannot do without: the page docs/reference/roles.md. */
export function rolesMap(): string {
  const parts = planOf("all");
  const head = ["part", "needs", ...CLUSTER_ROLES];
  const rows = parts.map(({ name, needs }) => [
    name,
    needs.join(", "),
    ...CLUSTER_ROLES.map((role) => {
      const place = planOf(role).findIndex((one) => one.name === name);
      return place < 0 ? "" : String(place + 1);
    }),
  ]);
  const needed = CLUSTER_ROLES.map((role) => [role, [...NEEDED[role]].join(", ")]);
  return [
    "# Roles and what they open",
    "Made by `npm run docs` from the graph in `packages/server/src/roles/cluster/graph.ts`, by which every role starts; do not edit. How to run them: [the guide](../guides/cluster.md).",
    "Parts in the order of their start (a part starts when those that it needs have; parts that do not need each other start at the same time), and in the reverse order of their stop:",
    [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n"),
    "Without these a role is not ready (`/readyz` 503); the others are named in `degraded`:",
    [row(["role", "needed"]), row(["---", "---"]), ...needed.map(row)].join("\n"),
    ["```mermaid", "flowchart BT", ...edges(parts), "```"].join("\n"),
  ].join("\n\n");
}

/** An arrow from each part to what it needs. */
function edges(parts: ReturnType<typeof planOf>): readonly string[] {
  const id = (name: string): string => name.replaceAll(" ", "_");
  return parts.flatMap(({ name, needs }) => [
    `  ${id(name)}["${name}"]`,
    ...needs.map((need) => `  ${id(name)} --> ${id(need)}`),
  ]);
}
