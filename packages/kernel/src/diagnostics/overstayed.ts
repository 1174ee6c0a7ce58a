import { groupsOf, type TaskGroup } from "./profile.ts";
import { cancelledTasks, traceOf } from "./watch.ts";

/**
 * Live tasks whose context was cancelled at least `ms` ago: the cancellation was not passed on to what they wait for.
 *
 * Cost       O(tasks that are cancelled and have not ended).
 */
export function overstayed(ms = 1000): TaskGroup[] {
  return groupsOf(
    [...cancelledTasks].filter((record) => {
      const cancelledAt = traceOf(record)?.cancelledAt;
      return cancelledAt !== undefined && record.clock.now() - cancelledAt >= ms;
    }),
  );
}
