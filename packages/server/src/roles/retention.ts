import type { Archive, DanmakuLog, Engine } from "@barrage/engine";
import { isCancelled, Ticker } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import type { ServerConfig } from "../config/schema.ts";
import type { Logger } from "../telemetry/logger.ts";

type Policy = ServerConfig["store"]["retention"];

const HOUR_MS = 3_600_000;

export interface RetentionParts {
  readonly engine: Pick<Engine, "retentionFloor">;
  readonly log: Pick<DanmakuLog, "retain">;
  readonly archive: Pick<Archive, "retain">;
  readonly policy: Policy;
  readonly logger: Logger;
}

/** Deletes what is older or more than the policy allows, once. */
export async function retainOnce(parts: RetentionParts, ctx: Context): Promise<void> {
  const { engine, log, archive, policy, logger } = parts;
  const now = ctx.clock.wall();
  const gone = await log.retain(
    {
      before: now - policy.logHours * HOUR_MS,
      keysBefore: now - policy.keyHours * HOUR_MS,
      maxBytes: policy.logMaxBytes,
    },
    engine.retentionFloor,
    ctx,
  );
  const archived = await archive.retain(
    { before: now - policy.archiveHours * HOUR_MS, maxBytes: policy.archiveMaxBytes },
    ctx,
  );
  if (gone.records + gone.keys + archived > 0) logger.info({ ...gone, archived }, "old data was deleted");
}

/** Keeps the disk from filling, until cancelled. One failure is logged and does not end it. */
export async function keepRetention(parts: RetentionParts, ctx: Context): Promise<void> {
  using ticker = new Ticker(parts.policy.everyMs, ctx);
  for await (const _ of ticker) {
    try {
      await retainOnce(parts, ctx);
    } catch (error) {
      if (isCancelled(error)) throw error;
      parts.logger.error({ err: error }, "old data could not be deleted");
    }
  }
}
