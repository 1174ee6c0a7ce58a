import { post } from "./api.ts";

/** Flags that take the limits out of the way: these tests are about what happens under load, not about limiting it. */
export const NO_LIMITS: readonly string[] = ["user", "room", "address"].flatMap((who) => [
  `--engine.limits.${who}.per-second=1000000`,
  `--engine.limits.${who}.burst=1000000`,
]);

export interface Acked {
  readonly key: string;
  readonly content: string;
  readonly id: string;
  readonly seq: number;
}

/** What became of the danmaku of a load, by their `client_msg_id`. */
export interface LoadResult {
  readonly acked: readonly Acked[];
  /** Sent, but the connection broke before an answer. */
  readonly unknown: readonly { readonly key: string; readonly content: string }[];
  /** Answered with a refusal: status and code. */
  readonly refused: readonly string[];
}

export interface LoadOptions {
  readonly url: string;
  readonly room: string;
  readonly token: string;
  /** Makes keys and texts differ between loads. */
  readonly name: string;
  readonly publishers: number;
  /** Told after each ack. */
  readonly onAck?: (count: number) => void;
}

/** Publishes from several senders at once until the server stops answering or `stop` is called. */
export function startLoad(options: LoadOptions): {
  readonly stop: () => void;
  readonly result: Promise<LoadResult>;
} {
  let isStopped = false;
  const acked: Acked[] = [];
  const unknown: { key: string; content: string }[] = [];
  const refused: string[] = [];
  const publisher = async (number: number): Promise<void> => {
    for (let count = 0; !isStopped; count += 1) {
      const key = `${options.name}-${number}-${count}`;
      const content = `text ${key}`;
      try {
        const { status, json } = await publish(options, key, content);
        if (status === 202) {
          acked.push({ key, content, id: String(json["id"]), seq: Number(json["seq"]) });
          options.onAck?.(acked.length);
        } else {
          refused.push(`${status} ${String((json["error"] as { code?: unknown } | undefined)?.code)}`);
          return;
        }
      } catch {
        // The connection broke: nobody knows whether it was taken.
        unknown.push({ key, content });
        return;
      }
    }
  };
  const all = Promise.all(Array.from({ length: options.publishers }, (_, number) => publisher(number)));
  return { stop: () => (isStopped = true), result: all.then(() => ({ acked, unknown, refused })) };
}

export const publish = (
  { url, room, token }: Pick<LoadOptions, "url" | "room" | "token">,
  key: string,
  content: string,
) => post(url, "/api/v1/danmu", { room_id: room, content, client_msg_id: key }, token);

/** Small seeded numbers (mulberry32): a failing run can be had again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
