import { background } from "@barrage/kernel";
import { Latencies, protocolNamed, SelfWatch } from "@barrage/load";
import type { Counts, Effort, LatencySummary, Target } from "@barrage/load";

/** So many senders that each wait for their answer before they send again. */
export interface ClosedLoop {
  readonly target: Target;
  readonly senders: number;
  readonly seconds: number;
  readonly users: number;
  /** In turns. */
  readonly rooms: readonly string[];
}

export interface ClosedResult {
  readonly ack: LatencySummary;
  readonly refused: Counts;
  readonly seconds: number;
  readonly effort: Effort;
}

/** Runs the loop for its time, and until the last answer. */
export async function runClosed(
  { target, senders, seconds, users, rooms }: ClosedLoop,
  on: { started(): void; ended(): void },
): Promise<ClosedResult> {
  const adapter = protocolNamed("barrage");
  const tokens: (string | undefined)[] = [];
  for (let user = 0; user < users; user += 1)
    tokens.push(await adapter.login(target, `bench-${user}`, background));
  const publisher = adapter.publisher(target, senders);
  const latencies = new Latencies();
  const refused: Record<string, number> = {};
  on.started();
  const startedAt = performance.now();
  using watch = new SelfWatch(startedAt);
  let sent = 0;
  const sender = (): Promise<void> =>
    new Promise((resolve) => {
      const next = (): void => {
        const sentAt = performance.now();
        if (sentAt - startedAt > seconds * 1_000) return resolve();
        sent += 1;
        const content = `这个转场太丝滑了 ${sent} well done`;
        const room = rooms[sent % rooms.length] ?? "";
        publisher.publish({ room, token: tokens[sent % users], content }, (outcome) => {
          if (outcome.kind === "acked") latencies.record(performance.now() - sentAt);
          else refused[outcome.code] = (refused[outcome.code] ?? 0) + 1;
          next();
        });
      };
      next();
    });
  await Promise.all(Array.from({ length: senders }, sender));
  const endedAt = performance.now();
  on.ended();
  publisher.close();
  return {
    ack: latencies.summary,
    refused,
    seconds: (endedAt - startedAt) / 1_000,
    effort: watch.take(endedAt, 0),
  };
}
