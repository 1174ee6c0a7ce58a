import type { Engine } from "./engine.ts";
import type { ProcessMeter } from "./gateway/meter.ts";
import { LocalEngine } from "./local-engine.ts";
import { startOwnerHalf } from "./owner/start-owner.ts";
import type { OwnerOptions } from "./owner/start-owner.ts";
import { meterOf, startGatewayHalf } from "./start-gateway.ts";

export interface EngineOptions extends Omit<OwnerOptions, "feedMayLose"> {
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** Measures what the flush windows adapt to; absent: they stay at their smallest. */
  readonly meter?: ProcessMeter;
}

/**
 * The whole way of a danmaku in one process: ingest -> log -> router -> window, archive, feed -> gateway.
 * Ports stay their owner's: `stop` does not close them.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { settings, onEvent, random, tracing, ctx } = options;
  const owner = await startOwnerHalf(options);
  const meter = meterOf(options);
  const { source } = owner;
  const gateway = startGatewayHalf({ source, settings, ctx, onEvent, random, meter, tracing });
  owner.attach({
    viewersOf: (room) => gateway.viewersOf(room),
    get work() {
      return gateway.fanOutWork;
    },
    meter,
  });
  return new LocalEngine(owner, gateway);
}
