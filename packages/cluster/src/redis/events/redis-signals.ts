import { Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { RedisLink } from "../redis-link.ts";
import { slotOf } from "../slot.ts";
import { decodeSignal, signalKey } from "./room-signal.ts";
import type { ReadSignal, RoomSignal } from "./room-signal.ts";

/** The coordinators; each entry is for one of them. */
export const SIGNAL_GROUP = "broadcast_group";

export interface RedisSignalsOptions {
  /** Streams that rooms are spread over: never changed while any has entries. */
  readonly streams: number;
  /** Entries of one stream that are kept, about. Heartbeats come again; what is trimmed unread is old news. */
  readonly maxEntries: number;
  /** How often streams are looked at, ms. */
  readonly everyMs: number;
  /** How long an entry may be with one consumer before another takes it over, ms. */
  readonly claimAfterMs: number;
}

export const SIGNAL_DEFAULTS: RedisSignalsOptions = {
  streams: 16,
  maxEntries: 10_000,
  everyMs: 200,
  claimAfterMs: 5_000,
};

/** The key of one stream; what belongs to its rooms lies under the same tag. */
export const signalStream = (link: RedisLink, stream: number): string => link.key("signals", String(stream));

export interface SignalCounts {
  readonly read: number;
  /** Taken over from a consumer that did not finish them. */
  readonly claimed: number;
  /** The handler failed; they are read again. */
  readonly failed: number;
  /** None of ours; passed over. */
  readonly invalid: number;
}

/** Entries of one stream that are read at once. */
const ENTRIES_AT_ONCE = 256;

type Entry = readonly [id: string, fields: readonly string[] | null];
type Handler = (read: ReadSignal, ctx: Context) => Promise<void>;

/**
 * The coordinators' input in Redis Streams, read by the consumer group `broadcast_group`.
 *
 * Shape      each entry is handled by one consumer; one whose consumer died is claimed by another. After a failover an
 *            entry may come twice: its key makes what it led to one.
 *            Streams are polled, not waited on: a blocking read would hold up the connection of all commands.
 * Bounds     about `maxEntries` per stream; at most ENTRIES_AT_ONCE of each in a consumer's hands.
 */
export class RedisSignals {
  private readonly link: RedisLink;
  private readonly options: RedisSignalsOptions;
  private readonly grouped = new Set<string>();
  private readonly counted = { read: 0, claimed: 0, failed: 0, invalid: 0 };

  constructor(link: RedisLink, options: RedisSignalsOptions) {
    this.link = link;
    this.options = options;
  }

  get counts(): SignalCounts {
    return this.counted;
  }

  async send(signal: RoomSignal, ctx: Context): Promise<void> {
    const key = signalStream(this.link, slotOf(signal.room) % this.options.streams);
    const text = JSON.stringify(signal);
    const { maxEntries } = this.options;
    await this.link.command(
      { name: "signal", key, repeatable: true },
      (client) => client.xadd(key, "MAXLEN", "~", maxEntries, "*", "s", text),
      ctx,
    );
  }

  /** Handles signals as `consumer` until cancelled: in order of each stream, all streams beside each other. */
  async run(consumer: string, handle: Handler, ctx: Context): Promise<void> {
    const streams = Array.from({ length: this.options.streams }, (_, i) => i);
    using ticker = new Ticker(this.options.everyMs, ctx);
    for await (const _ of ticker) {
      await Promise.all(streams.map((stream) => this.turn(stream, consumer, handle, ctx)));
    }
  }

  private async turn(stream: number, consumer: string, handle: Handler, ctx: Context): Promise<void> {
    const key = signalStream(this.link, stream);
    try {
      await this.ensureGroup(key, ctx);
      const claimed = await this.claim(key, consumer, ctx);
      this.counted.claimed += claimed.length;
      for (const entry of claimed) await this.handleOne(stream, entry, handle, ctx);
      const fresh = await this.readNew(key, consumer, ctx);
      this.counted.read += fresh.length;
      for (const entry of fresh) await this.handleOne(stream, entry, handle, ctx);
    } catch {
      ctx.throwIfCancelled();
      // Redis is away, or was replaced by a replica that never heard of the group. The next turn tries again.
      this.grouped.delete(key);
    }
  }

  private async handleOne(stream: number, [id, fields]: Entry, handle: Handler, ctx: Context): Promise<void> {
    const key = signalStream(this.link, stream);
    const signal = fields === null ? undefined : decodeSignal(fields[1] ?? "");
    if (signal === undefined) {
      this.counted.invalid += 1;
    } else {
      try {
        await handle({ signal, key: signalKey(key, id), stream, entry: id }, ctx);
      } catch {
        ctx.throwIfCancelled();
        // Left pending: whoever claims it tries again.
        this.counted.failed += 1;
        return;
      }
    }
    const done = { name: "signal done", key, repeatable: true };
    await this.link.command(done, (client) => client.xack(key, SIGNAL_GROUP, id), ctx);
  }

  private async ensureGroup(key: string, ctx: Context): Promise<void> {
    if (this.grouped.has(key)) return;
    const make = { name: "signal group", key, repeatable: true };
    await this.link.command(
      make,
      async (client) => {
        try {
          await client.xgroup("CREATE", key, SIGNAL_GROUP, "0", "MKSTREAM");
        } catch (error) {
          // Another consumer made it.
          if (!(error instanceof Error) || !error.message.startsWith("BUSYGROUP")) throw error;
        }
      },
      ctx,
    );
    this.grouped.add(key);
  }

  private async claim(key: string, consumer: string, ctx: Context): Promise<readonly Entry[]> {
    const { claimAfterMs } = this.options;
    const take = { name: "signal claim", key, repeatable: true };
    const reply: unknown = await this.link.command(
      take,
      (client) => client.xautoclaim(key, SIGNAL_GROUP, consumer, claimAfterMs, "0", "COUNT", ENTRIES_AT_ONCE),
      ctx,
    );
    return Array.isArray(reply) ? entriesOf(reply[1]) : [];
  }

  private async readNew(key: string, consumer: string, ctx: Context): Promise<readonly Entry[]> {
    // Not repeated after a lost answer: what it brought is this consumer's, and claimed later.
    const next = { name: "signal read", key, repeatable: false };
    const reply: unknown = await this.link.command(
      next,
      (client) =>
        client.xreadgroup("GROUP", SIGNAL_GROUP, consumer, "COUNT", ENTRIES_AT_ONCE, "STREAMS", key, ">"),
      ctx,
    );
    if (!Array.isArray(reply) || !Array.isArray(reply[0])) return [];
    return entriesOf(reply[0][1]);
  }
}

const isEntry = (value: unknown): value is Entry =>
  Array.isArray(value) && typeof value[0] === "string" && (value[1] === null || Array.isArray(value[1]));

const entriesOf = (value: unknown): readonly Entry[] => (Array.isArray(value) ? value.filter(isEntry) : []);
