import { type ByteReader, malformed } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/**
 * How a value lies in bytes, in both directions. `form` is the same in words: the protocol's page is made from it, so
 * that it cannot say anything else than what the code does.
 */
export interface Shape<T> {
  readonly form: string;
  write(value: T, to: ByteWriter): void;
  read(from: ByteReader): T;
}

export const uint: Shape<number> = {
  form: "uint",
  write: (value, to) => to.uint(value),
  read: (from) => from.uint(),
};

export const real: Shape<number> = {
  form: "real",
  write: (value, to) => to.real(value),
  read: (from) => from.real(),
};

export const text: Shape<string> = {
  form: "text",
  write: (value, to) => to.text(value),
  read: (from) => from.text(),
};

export const flag: Shape<boolean> = {
  form: "flag",
  write: (value, to) => to.byte(value ? 1 : 0),
  read: (from) => {
    const byte = from.byte();
    if (byte > 1) throw malformed("a flag is neither 0 nor 1");
    return byte === 1;
  },
};

/** One of a fixed list, as its place in it. Lists grow at their ends only. */
export function oneOf<T extends string>(name: string, values: readonly T[]): Shape<T> {
  return {
    form: name,
    write: (value, to) => {
      const at = values.indexOf(value);
      if (at < 0) throw new TypeError(`a ${name} has no form for ${value}`);
      to.byte(at);
    },
    read: (from) => {
      const value = values[from.byte()];
      if (value === undefined) throw malformed(`a ${name} is unknown`);
      return value;
    },
  };
}

/** A value or `null`. */
export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    form: `null or ${shape.form}`,
    write: (value, to) => {
      to.byte(value === null ? 0 : 1);
      if (value !== null) shape.write(value, to);
    },
    read: (from) => (flag.read(from) ? shape.read(from) : null),
  };
}

/** Behind the number of its bytes: what a newer writer adds at its end is passed over. */
export function sized<T>(shape: Shape<T>): Shape<T> {
  return {
    form: `sized ${shape.form}`,
    write: (value, to) => to.sized(() => shape.write(value, to)),
    read: (from) => from.sized(() => shape.read(from)),
  };
}

/** How many, then each. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return {
    form: `list of ${shape.form}`,
    write: (values, to) => {
      to.uint(values.length);
      for (const value of values) shape.write(value, to);
    },
    read: (from) => {
      const count = from.uint();
      // Each takes a byte at least, so that a count alone cannot ask for memory.
      if (count > from.left) throw malformed("it ends too early");
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(shape.read(from));
      return values;
    },
  };
}

/** As `list`, each with its size before it; whoever does not know one's variant passes over it. */
export function growingList<T>(shape: Shape<T>): Shape<readonly T[]> {
  const each: Shape<T | undefined> = {
    form: `sized ${shape.form}`,
    write: (value, to) => {
      if (value !== undefined) to.sized(() => shape.write(value, to));
    },
    read: (from) => from.sized(() => knownOrUndefined(() => shape.read(from))),
  };
  const all = list(each);
  return {
    form: all.form,
    write: (values, to) => all.write(values, to),
    read: (from) => all.read(from).filter((value) => value !== undefined),
  };
}

type OptionalKey<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type RequiredKey<T> = Exclude<keyof T, OptionalKey<T>>;
type Shapes<T, K extends keyof T> = { readonly [F in K]-?: Shape<Exclude<T[F], undefined>> };

/** One field of a record, for the page: an optional one has the bit that says whether it is there. */
export interface Field {
  readonly name: string;
  readonly form: string;
  readonly bit?: number;
  /** The same, of those that came later and lie behind all others. */
  readonly laterBit?: number;
}

export interface RecordShape<T> extends Shape<T> {
  readonly fields: readonly Field[];
}

/**
 * Fields one behind the other: first which of the optional ones are there (a uint of bits), then the required, then those.
 * `Later`: optional fields that an older version had not, behind everything else, with their own bits; nothing is
 * written for them where none is there. Only for a record that ends a frame or a sized part.
 */
export function record<T extends object, Later extends OptionalKey<T> = never>(
  name: string,
  required: Shapes<T, RequiredKey<T>>,
  optional: Shapes<T, Exclude<OptionalKey<T>, Later>>,
  ...[added]: [Later] extends [never] ? [] : [later: Shapes<T, Later>]
): RecordShape<T> {
  const always = Object.entries(required) as readonly [string, Shape<unknown>][];
  const maybe = Object.entries(optional) as readonly [string, Shape<unknown>][];
  const later = Object.entries(added ?? {}) as readonly [string, Shape<unknown>][];
  return {
    form: name,
    fields: [
      ...always.map(([field, { form }]) => ({ name: field, form })),
      ...maybe.map(([field, { form }], bit) => ({ name: field, form, bit })),
      ...later.map(([field, { form }], laterBit) => ({ name: field, form, laterBit })),
    ],
    write: (value, to) => {
      const values = value as Readonly<Record<string, unknown>>;
      if (maybe.length > 0) to.uint(presence(maybe, values));
      for (const [field, shape] of always) shape.write(values[field], to);
      for (const [field, shape] of maybe) if (values[field] !== undefined) shape.write(values[field], to);
      const more = presence(later, values);
      if (more === 0) return;
      to.uint(more);
      for (const [field, shape] of later) if (values[field] !== undefined) shape.write(values[field], to);
    },
    read: (from) => {
      const present = maybe.length > 0 ? from.uint() : 0;
      const value: Record<string, unknown> = {};
      for (const [field, shape] of always) value[field] = shape.read(from);
      maybe.forEach(([field, shape], bit) => {
        if (hasBit(present, bit)) value[field] = shape.read(from);
      });
      const more = later.length > 0 && from.left > 0 ? from.uint() : 0;
      later.forEach(([field, shape], bit) => {
        if (hasBit(more, bit)) value[field] = shape.read(from);
      });
      return value as T;
    },
  };
}

function presence(fields: readonly [string, unknown][], values: Readonly<Record<string, unknown>>): number {
  return fields.reduce((bits, [field], bit) => (values[field] === undefined ? bits : bits + 2 ** bit), 0);
}

const hasBit = (bits: number, bit: number): boolean => Math.floor(bits / 2 ** bit) % 2 === 1;

type Variant<T, K extends keyof T, V extends T[K]> = Omit<Extract<T, { readonly [P in K]: V }>, K>;
type Variants<T, K extends keyof T> = {
  readonly [V in T[K] & string]: readonly [tag: number, shape: RecordShape<Variant<T, K, V>>];
};

export interface ChoiceShape<T> extends Shape<T> {
  readonly variants: readonly {
    readonly tag: number;
    readonly name: string;
    readonly fields: readonly Field[];
  }[];
}

/** One of several records: a byte that says which, then the record. `key` is the field that says so in the object. */
export function choice<T extends object, K extends keyof T & string>(
  name: string,
  key: K,
  variants: Variants<T, K>,
): ChoiceShape<T> {
  const named = Object.entries(variants) as readonly [string, readonly [number, RecordShape<object>]][];
  const byName = new Map(named);
  const byTag = new Map(named.map(([variant, [tag, shape]]) => [tag, { variant, shape }]));
  return {
    form: name,
    variants: named.map(([variant, [tag, { fields }]]) => ({ tag, name: variant, fields })),
    write: (value, to) => {
      const found = byName.get(String(value[key]));
      if (found === undefined) throw new TypeError(`a ${name} has no form for ${String(value[key])}`);
      to.byte(found[0]);
      found[1].write(value, to);
    },
    read: (from) => {
      const found = byTag.get(from.byte());
      if (found === undefined) throw new UnknownVariant(name);
      return { [key]: found.variant, ...found.shape.read(from) } as T;
    },
  };
}

/** A newer writer's variant: no fault, and whoever can pass over it does. */
class UnknownVariant extends Error {
  constructor(name: string) {
    super(`a ${name} of an unknown kind`);
    this.name = "UnknownVariant";
  }
}

/** What `read` reads, or `undefined` where that has a variant which nobody here knows. */
export function knownOrUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownVariant) return undefined;
    throw error;
  }
}
