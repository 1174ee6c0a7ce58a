import type { EngineEvent } from "@barrage/engine";
import type { Logger } from "./logger.ts";

/** The engine's events as log lines. What comes with every batch is a metric, not a line. */
export function logEvent(log: Logger, event: EngineEvent): void {
  switch (event.type) {
    case "batch_delivered":
    case "verdict":
      return;
    case "connection_opened":
    case "connection_closed":
      log.debug(event, event.type);
      return;
    case "room_changed":
      log.info({ room: event.room, event: event.event }, "room changed");
      return;
    case "feed_gap":
      log.warn(event, "a batch was missing and is fetched again");
      return;
    case "publish_failed":
      log.error({ room: event.room, err: event.error }, "a batch cannot be published and is tried again");
      return;
    case "archive_failed":
      log.error({ err: event.error }, "the archive cannot be written or read");
      return;
  }
}
