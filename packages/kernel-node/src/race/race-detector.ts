import { dispose } from "@barrage/kernel";
import { currentRecord, setSyncObserver } from "@barrage/kernel/diagnostics";
// Who accesses what is known by the ambient context, so the detector switches it on.
import "../ambient/current.ts";
import { Accesses, type Accessor, type Write } from "./accesses.ts";
import { VectorClocks } from "./vector-clocks.ts";

/** One side of a race. */
export interface RaceAccess {
  readonly task: string;
  /** Did it read before an `await` and write after it? */
  readonly acrossAwait: boolean;
  readonly stack: readonly string[];
}

/** Two tasks update one property, nothing orders them, and one of them may undo what the other did. */
export interface Race {
  readonly object: string;
  readonly property: string;
  readonly accesses: readonly [RaceAccess, RaceAccess];
}

// Races kept (a count): the first ones are what one looks at.
const RACES = 100;

let segment = 0;
let segmentEnds = false;

/**
 * Numbers the uninterrupted pieces of code. The microtask that ends one is queued at the first access in it, so it
 * runs before any continuation of an `await` that comes after the access.
 */
function currentSegment(): number {
  if (!segmentEnds) {
    segmentEnds = true;
    queueMicrotask(() => {
      segmentEnds = false;
      segment += 1;
    });
  }
  return segment;
}

/**
 * Finds lost updates on watched objects: a task reads, awaits, and writes what it made of the old value, while another
 * one writes too, and no lock, channel, wait or join orders the two. It finds them also when this run happened to go
 * well. For tests: every access of a watched object is followed, and one detector is on at a time.
 *
 * Errors     a detector beside another one: an Error.
 */
export class RaceDetector implements Disposable {
  /** The races found, each pair of tasks once a property; at most 100. */
  readonly races: Race[] = [];
  private readonly clocks = new VectorClocks();
  private readonly proxies = new WeakMap<object, object>();
  private readonly told = new Set<string>();

  constructor() {
    if (active !== undefined) throw new Error("another race detector is on already");
    active = this.clocks;
    setSyncObserver(active);
  }

  [dispose](): void {
    if (active !== this.clocks) return;
    active = undefined;
    setSyncObserver(undefined);
  }

  /**
   * What to use in place of the object: plain objects, arrays and maps, and those inside of them. Methods that reach
   * private fields do not work through it.
   */
  watch<T extends object>(object: T, name = "object"): T {
    const known = this.proxies.get(object);
    if (known !== undefined) return known as T;
    const proxy = object instanceof Map ? this.watchMap(object, name) : this.watchPlain(object, name);
    this.proxies.set(object, proxy);
    return proxy as T;
  }

  private watchPlain(object: object, name: string): object {
    const seen = new Map<PropertyKey, Accesses>();
    return new Proxy(object, {
      get: (target, property, receiver) => {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value === "function") return value;
        accessesOf(seen, property).read(this.accessor());
        return isPlain(value) ? this.watch(value, `${name}.${String(property)}`) : value;
      },
      set: (target, property, value: unknown) => {
        this.wrote(name, String(property), accessesOf(seen, property));
        return Reflect.set(target, property, value);
      },
      deleteProperty: (target, property) => {
        this.wrote(name, String(property), accessesOf(seen, property));
        return Reflect.deleteProperty(target, property);
      },
    });
  }

  private watchMap(map: Map<unknown, unknown>, name: string): object {
    const seen = new Map<unknown, Accesses>();
    const read = (key: unknown): void => accessesOf(seen, key).read(this.accessor());
    const write = (key: unknown): void => this.wrote(name, String(key), accessesOf(seen, key));
    const own: Readonly<Record<string, (key: unknown, value?: unknown) => unknown>> = {
      get: (key) => (read(key), map.get(key)),
      has: (key) => (read(key), map.has(key)),
      set: (key, value) => (write(key), map.set(key, value)),
      delete: (key) => (write(key), map.delete(key)),
    };
    return new Proxy(map, {
      get(target, property) {
        const mine = typeof property === "string" && Object.hasOwn(own, property) ? own[property] : undefined;
        if (mine !== undefined) return mine;
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }

  private accessor(): Accessor {
    const record = currentRecord();
    const task = record?.id ?? 0;
    const name = record === undefined ? "outside of tasks" : `${record.scope}/${record.name} #${task}`;
    return { task, name, segment: currentSegment(), clock: this.clocks.of(task) };
  }

  private wrote(object: string, property: string, accesses: Accesses): void {
    const { own, others } = accesses.write(this.accessor());
    for (const other of others) {
      const key = `${object}\0${property}\0${Math.min(own.task, other.task)}\0${Math.max(own.task, other.task)}`;
      if (this.told.has(key) || this.races.length >= RACES) continue;
      this.told.add(key);
      this.races.push({ object, property, accesses: [side(other), side(own)] });
    }
  }
}

let active: VectorClocks | undefined;

function accessesOf<K>(seen: Map<K, Accesses>, key: K): Accesses {
  let accesses = seen.get(key);
  if (accesses === undefined) seen.set(key, (accesses = new Accesses()));
  return accesses;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const OWN_FILES = /\/race\/(?:accesses|race-detector)\.[jt]s/;

function side({ name, read, where }: Write): RaceAccess {
  const stack = (where.stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().replace(/^at /, ""))
    .filter(
      (line) => !OWN_FILES.test(line) && !line.startsWith("Object.set ") && !line.startsWith("Reflect."),
    );
  return { task: name, acrossAwait: read !== undefined, stack };
}
