import { liveRecords } from "../task/task-record.ts";
import { groupsOf, type TaskGroup } from "./profile.ts";

/** Live tasks whose context was cancelled at least `ms` ago: the cancellation was not passed on to what they wait for. */
export function overstayed(ms = 1000): TaskGroup[] {
  return groupsOf(
    [...liveRecords()].filter(
      ({ cancelledAt, clock }) => cancelledAt !== undefined && clock.now() - cancelledAt >= ms,
    ),
  );
}
