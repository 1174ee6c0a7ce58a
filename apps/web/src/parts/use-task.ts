import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { useEffect } from "preact/hooks";

/** Runs a task as long as the component is there and `inputs` stay the same. Its failure is reported by the kernel. */
export function useTask(
  name: string,
  body: (ctx: Context) => Promise<void>,
  inputs: readonly unknown[],
): void {
  useEffect(() => {
    const scope = new Scope(undefined, { name, onError: "report" });
    scope.spawn((ctx) => body(ctx), { name });
    return () => scope.cancel();
  }, inputs);
}
