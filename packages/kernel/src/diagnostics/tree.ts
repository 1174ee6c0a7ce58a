import { ContextNode, nodeOf } from "../context/context-node.ts";
import type { Context } from "../context/context.ts";
import { Parked } from "../parked.ts";
import { waitingOf } from "./profile.ts";
import { rootContexts } from "./watch.ts";

export type TreeFormat = "text" | "mermaid" | "json";

/** A context, a task or several like ones, in the cancel tree. */
export interface TreeNode {
  readonly name: string;
  readonly kind: "context" | "task" | "more";
  /** How many like this one stand here. */
  readonly count: number;
  /** For a task: what it waits for. */
  readonly waiting?: string;
  /** For a context: waits that it would end. */
  readonly waits?: number;
  /** Ms until its deadline, when it has one of its own or a parent's. */
  readonly deadlineMs?: number;
  readonly children: readonly TreeNode[];
}

// A page of a busy process must stay a page. Different children shown per node and levels (counts).
const CHILDREN = 32;
const DEPTH = 24;
// Contexts looked at for one tree (a count), which bounds its time as well.
const VISITED = 50_000;

interface Visit {
  left: number;
}

/**
 * What would be cancelled with `ctx`: the contexts derived from it and the tasks under them; without `ctx`, of every
 * context that has no parent. Like leaves are drawn once with their number.
 *
 * Bounds     32 different children a node, 24 levels, 50 000 contexts visited; what is left out is said.
 */
export function tree(ctx?: Context, format: TreeFormat = "text"): string {
  const root = cancelTree(ctx);
  if (format === "json") return JSON.stringify(root, undefined, 1);
  return format === "mermaid" ? mermaid(root) : text(root, "", "").join("\n");
}

export function cancelTree(ctx?: Context): TreeNode {
  const visit = { left: VISITED };
  if (ctx !== undefined) return describe(nodeOf(ctx), 0, visit);
  const children = collapse([...rootContexts()], 1, visit);
  return { name: "process", kind: "context", count: 1, children };
}

function describe(node: ContextNode, depth: number, visit: Visit): TreeNode {
  const { record, deadline, clock } = node;
  const below: ContextNode[] = [];
  let waits = 0;
  for (const link of node.links()) {
    if (link instanceof ContextNode) below.push(link);
    else if (link instanceof Parked) waits += 1;
  }
  const isTask = node.isOfTask && record !== undefined;
  return {
    name: node.name,
    kind: isTask ? "task" : "context",
    count: 1,
    ...(isTask ? { waiting: waitingOf(record) } : {}),
    ...(waits > 0 ? { waits } : {}),
    ...(deadline === undefined ? {} : { deadlineMs: Math.round(deadline - clock.now()) }),
    children: depth >= DEPTH ? more(below.length, "deeper") : collapse(below, depth + 1, visit),
  };
}

function more(count: number, name: string): TreeNode[] {
  return count === 0 ? [] : [{ name, kind: "more", count, children: [] }];
}

function collapse(nodes: readonly ContextNode[], depth: number, visit: Visit): TreeNode[] {
  const shown = new Map<string, { -readonly [K in keyof TreeNode]: TreeNode[K] }>();
  let left = 0;
  for (const node of nodes) {
    if (visit.left <= 0) {
      left += 1;
      continue;
    }
    visit.left -= 1;
    const one = describe(node, depth, visit);
    const key = JSON.stringify([one.name, one.kind, one.waiting, one.waits, shape(one.children)]);
    const like = shown.get(key);
    if (like !== undefined) like.count += 1;
    else if (shown.size < CHILDREN) shown.set(key, { ...one });
    else left += 1;
  }
  return [...shown.values(), ...more(left, "more")];
}

/** Like contexts are drawn once even when they have children, if those are alike too. */
function shape(children: readonly TreeNode[]): unknown {
  return children.map(({ name, kind, waiting, waits, count, children: below }) => [
    name,
    kind,
    waiting,
    waits,
    count,
    shape(below),
  ]);
}

function label({ name, kind, count, waiting, waits, deadlineMs }: TreeNode): string {
  if (kind === "more") return `... ${count} ${name}`;
  const parts = [
    ...(count > 1 ? [`${count} x`] : []),
    kind === "task" ? `task ${name}` : name,
    ...(waiting === undefined ? [] : [`[${waiting}]`]),
    ...(waiting === undefined && waits !== undefined ? [`(${waits} waiting)`] : []),
    ...(deadlineMs === undefined ? [] : [`deadline in ${deadlineMs} ms`]),
  ];
  return parts.join(" ");
}

function text(node: TreeNode, first: string, rest: string): string[] {
  const last = node.children.length - 1;
  return [
    first + label(node),
    ...node.children.flatMap((child, index) =>
      text(child, rest + (index === last ? "`- " : "|- "), rest + (index === last ? "   " : "|  ")),
    ),
  ];
}

function mermaid(root: TreeNode): string {
  const lines = ["graph TD"];
  const draw = (node: TreeNode, id: string): void => {
    const quoted = label(node).replaceAll('"', "#quot;");
    lines.push(node.kind === "task" ? `  ${id}(["${quoted}"])` : `  ${id}["${quoted}"]`);
    node.children.forEach((child, index) => {
      draw(child, `${id}_${index}`);
      lines.push(`  ${id} --> ${id}_${index}`);
    });
  };
  draw(root, "n");
  return lines.join("\n");
}
