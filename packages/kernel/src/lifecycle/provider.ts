import type { Context } from "../context/context.ts";
import { KernelError } from "../errors.ts";

declare const TYPE: unique symbol;

/** Makes something that others need, once in each {@link Lifecycle}. */
export interface Provider<out T> {
  readonly name: string;
  readonly [TYPE]?: T;
}

export type Needs = Readonly<Record<string, Provider<unknown>>>;

/** The values of what is needed, by the same names. */
export type Needed<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Provider<infer T> ? T : never;
};

export interface ProviderSpec<T, N extends Needs> {
  readonly name: string;
  /** What has to be started before. A function when it is defined further down. */
  readonly needs?: N | (() => N);
  readonly start: (needs: Needed<N>, ctx: Context) => T | PromiseLike<T>;
  readonly stop?: (value: T, ctx: Context) => void | PromiseLike<void>;
  /** Why it is unwell; undefined while it is well. Called often: it looks, and does not ask. */
  readonly health?: (value: T) => string | undefined;
}

/** A provider as its lifecycle sees it, with the types behind it. */
export class ProviderNode implements Provider<unknown> {
  declare readonly [TYPE]?: unknown;
  readonly name: string;
  private readonly spec: ProviderSpec<unknown, Needs>;

  constructor(spec: ProviderSpec<unknown, Needs>) {
    this.name = spec.name;
    this.spec = spec;
  }

  get needs(): ReadonlyArray<readonly [string, ProviderNode]> {
    const { needs = {} } = this.spec;
    const all = typeof needs === "function" ? needs() : needs;
    return Object.entries(all).map(([key, one]) => [key, nodeOfProvider(one)]);
  }

  start(needs: Readonly<Record<string, unknown>>, ctx: Context): unknown {
    return this.spec.start(needs, ctx);
  }

  stop(value: unknown, ctx: Context): void | PromiseLike<void> {
    return this.spec.stop?.(value, ctx);
  }

  health(value: unknown): string | undefined {
    return this.spec.health?.(value);
  }
}

/** Describes something with a start and an end; nothing happens before a lifecycle that needs it starts. */
export function provider<T, N extends Needs = Readonly<Record<string, never>>>(
  spec: ProviderSpec<T, N>,
): Provider<T> {
  // The node calls `start` with what `needs` asked for, and `stop` with what `start` gave; its types cannot say so.
  return new ProviderNode(spec as unknown as ProviderSpec<unknown, Needs>) as Provider<T>;
}

export function nodeOfProvider(one: Provider<unknown>): ProviderNode {
  if (one instanceof ProviderNode) return one;
  throw new KernelError("KERNEL_FOREIGN", { name: "provider" });
}
