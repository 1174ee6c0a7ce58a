import { captureStack } from "./stacks.ts";

/** Small views that keep large buffers alive, of one place in the code. */
export interface SliceGroup {
  readonly label: string;
  readonly slices: number;
  /** Bytes of the slices, each slice for itself. */
  readonly usedBytes: number;
  /** Bytes of the buffers they keep alive beyond that, each buffer once. */
  readonly retainedBytes: number;
  readonly stack: readonly string[];
}

interface Counted {
  slices: number;
  usedBytes: number;
  readonly stack: { readonly frames: readonly string[] };
  readonly buffers: Map<object, Backing>;
}

interface Backing {
  readonly bytes: number;
  slices: number;
  usedBytes: number;
}

interface Slice {
  readonly counted: Counted;
  readonly token: object;
  readonly bytes: number;
}

/**
 * Counts bytes that long-lived slices retain: a slice of a few bytes keeps the whole buffer it was cut from.
 *
 * Shape      only what was given to `watch` counts; it is held weakly, so the gauge keeps nothing alive itself.
 * Cost       one weak registration per slice.
 */
export class SliceGauge {
  private readonly groups = new Map<string, Counted>();
  // One token per buffer, so that buffers can be told apart without being held.
  private readonly tokens = new WeakMap<ArrayBufferLike, object>();
  private readonly registry = new FinalizationRegistry<Slice>((slice) => this.gone(slice));

  /** Counts the slice from now on for as long as it lives, under the label. Gives it back. */
  watch<V extends ArrayBufferView>(slice: V, label: string): V {
    const { buffer, byteLength } = slice;
    let token = this.tokens.get(buffer);
    if (token === undefined) this.tokens.set(buffer, (token = {}));
    const counted = this.group(label);
    const backing = counted.buffers.get(token) ?? { bytes: buffer.byteLength, slices: 0, usedBytes: 0 };
    counted.buffers.set(token, backing);
    counted.slices += 1;
    counted.usedBytes += byteLength;
    backing.slices += 1;
    backing.usedBytes += byteLength;
    this.registry.register(slice, { counted, token, bytes: byteLength });
    return slice;
  }

  /** What is retained now, most first. */
  report(): SliceGroup[] {
    return [...this.groups]
      .filter(([, { slices }]) => slices > 0)
      .map(([label, { slices, usedBytes, buffers, stack }]) => {
        let retainedBytes = 0;
        for (const each of buffers.values()) retainedBytes += Math.max(0, each.bytes - each.usedBytes);
        return { label, slices, usedBytes, retainedBytes, stack: stack.frames };
      })
      .sort((a, b) => b.retainedBytes - a.retainedBytes);
  }

  private group(label: string): Counted {
    let counted = this.groups.get(label);
    if (counted === undefined) {
      counted = { slices: 0, usedBytes: 0, stack: captureStack(), buffers: new Map<object, Backing>() };
      this.groups.set(label, counted);
    }
    return counted;
  }

  private gone({ counted, token, bytes }: Slice): void {
    counted.slices -= 1;
    counted.usedBytes -= bytes;
    const backing = counted.buffers.get(token);
    if (backing === undefined) return;
    backing.slices -= 1;
    backing.usedBytes -= bytes;
    if (backing.slices === 0) counted.buffers.delete(token);
  }
}

const gauge = new SliceGauge();

/** Puts a slice under the process's own gauge. */
export function watchSlices<V extends ArrayBufferView>(slice: V, label: string): V {
  return gauge.watch(slice, label);
}

export function retainedBySlices(): SliceGroup[] {
  return gauge.report();
}
