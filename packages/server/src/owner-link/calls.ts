import type { GatewaySource, Publisher, RoomCommands, RoomDirectory } from "@barrage/engine";
import type { Context } from "@barrage/kernel";

type WindowCalls = GatewaySource["window"];

/** What else a gateway asks. */
export interface GatewayCalls {
  /** The room's state, its maps as lists of pairs. */
  requireRoom(room: string, ctx: Context): Promise<unknown>;
  /** Resolves when the room has been published up to a seq. */
  waitPublished(room: string, seq: number, ctx: Context): Promise<void>;
  /** Resolves when everything that was acknowledged before the call has been published. */
  flushed(ctx: Context): Promise<void>;
}

/** Everything that a worker may ask the owner, by the interface that it belongs to. Each takes a context last. */
export const CALLS = {
  publisher: {
    danmaku: true,
    superchat: true,
    gift: true,
    like: true,
    enter: true,
    import: true,
  } satisfies Record<keyof Publisher, true>,
  commands: {
    create: true,
    heartbeat: true,
    end: true,
    close: true,
    setTitle: true,
    setSlowMode: true,
    mute: true,
    unmute: true,
    ban: true,
    unban: true,
    recall: true,
    clearUser: true,
    held: true,
    approve: true,
    reject: true,
    audit: true,
    eraseUser: true,
    policies: true,
    setPolicies: true,
  } satisfies Record<keyof RoomCommands, true>,
  rooms: { list: true, find: true, history: true, page: true } satisfies Record<keyof RoomDirectory, true>,
  window: { read: true } satisfies Record<keyof WindowCalls, true>,
  gateway: { requireRoom: true, waitPublished: true, flushed: true } satisfies Record<
    keyof GatewayCalls,
    true
  >,
} as const;

export interface CallTargets {
  readonly publisher: Publisher;
  readonly commands: RoomCommands;
  readonly rooms: RoomDirectory;
  readonly window: WindowCalls;
  readonly gateway: GatewayCalls;
}

type Ask = (name: string, args: readonly unknown[], ctx: Context) => Promise<unknown>;

/** An interface whose every method asks the owner. */
export function remote<Target extends keyof CallTargets>(target: Target, ask: Ask): CallTargets[Target] {
  const methods: Record<string, (...given: unknown[]) => Promise<unknown>> = {};
  for (const method of Object.keys(CALLS[target])) {
    const name = `${target}.${method}`;
    methods[method] = (...given) => ask(name, given.slice(0, -1), given.at(-1) as Context);
  }
  return methods as unknown as CallTargets[Target];
}

export type Serve = (args: readonly unknown[], ctx: Context) => Promise<unknown>;

/** By name, what answers each call; nothing else can be asked. */
export function served(targets: CallTargets): ReadonlyMap<string, Serve> {
  const found = new Map<string, Serve>();
  for (const [target, methods] of Object.entries(CALLS)) {
    const object = targets[target as keyof CallTargets] as unknown as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >;
    for (const method of Object.keys(methods)) {
      found.set(`${target}.${method}`, async (args, ctx) => object[method]?.(...args, ctx));
    }
  }
  return found;
}
