import { post } from "./api.ts";

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
