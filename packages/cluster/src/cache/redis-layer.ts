import type { Context } from "@barrage/kernel";
import type { CacheEntry, SharedLayer } from "./shared-layer.ts";

/** The three commands of Redis that a cache needs. */
export interface RedisStrings {
  get(key: string, ctx: Context): Promise<string | null>;
  /** `SET key value PX lifeMs`. */
  set(key: string, value: string, lifeMs: number, ctx: Context): Promise<void>;
  delete(key: string, ctx: Context): Promise<void>;
}

/**
 * A shared layer of strings in Redis.
 *
 * Errors     what the connection fails with; a SyntaxError or what `decode` throws for what is none of ours.
 */
export class RedisLayer<V> implements SharedLayer<V> {
  private readonly strings: RedisStrings;
  private readonly prefix: string;
  private readonly decode: (value: unknown) => V;

  /** `decode` checks what `JSON.parse` gave, and throws: another version may have written it. */
  constructor(strings: RedisStrings, prefix: string, decode: (value: unknown) => V) {
    this.strings = strings;
    this.prefix = prefix;
    this.decode = decode;
  }

  async get(key: string, ctx: Context): Promise<CacheEntry<V> | undefined> {
    const text = await this.strings.get(this.prefix + key, ctx);
    if (text === null) return undefined;
    const stored: unknown = JSON.parse(text);
    if (typeof stored !== "object" || stored === null || !("at" in stored) || typeof stored.at !== "number") {
      throw new SyntaxError("an entry of the cache says when it was loaded");
    }
    const value = "value" in stored ? this.decode(stored.value) : undefined;
    return { value, loadedAt: stored.at };
  }

  async set(key: string, { value, loadedAt }: CacheEntry<V>, lifeMs: number, ctx: Context): Promise<void> {
    // A missing field stands for the absent value: undefined is left out.
    const text = JSON.stringify({ at: loadedAt, value });
    await this.strings.set(this.prefix + key, text, Math.ceil(lifeMs), ctx);
  }

  async delete(key: string, ctx: Context): Promise<void> {
    await this.strings.delete(this.prefix + key, ctx);
  }
}
