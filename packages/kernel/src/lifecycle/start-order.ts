import { KernelError } from "../errors.ts";
import type { ProviderNode } from "./provider.ts";

/** A provider and those that have to be started before it. */
export interface Plan {
  readonly node: ProviderNode;
  readonly needs: ReadonlyArray<readonly [string, ProviderNode]>;
}

/** Everything the roots need, each once, whatever is needed first; KERNEL_LIFECYCLE_CYCLE names a circle. */
export function startOrder(roots: readonly ProviderNode[], name: string): readonly Plan[] {
  const done = new Set<ProviderNode>();
  const path: ProviderNode[] = [];
  const order: Plan[] = [];
  const visit = (node: ProviderNode): void => {
    if (done.has(node)) return;
    const from = path.indexOf(node);
    if (from >= 0) {
      const cycle = [...path.slice(from), node].map((one) => one.name).join(" -> ");
      throw new KernelError("KERNEL_LIFECYCLE_CYCLE", { name, cycle });
    }
    path.push(node);
    const { needs } = node;
    for (const [, need] of needs) visit(need);
    path.pop();
    done.add(node);
    order.push({ node, needs });
  };
  for (const root of roots) visit(root);
  return order;
}
