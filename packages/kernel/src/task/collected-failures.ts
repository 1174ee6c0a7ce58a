import { reportFailure } from "./failures.ts";
import type { Failure } from "./releases.ts";

// Failures one scope keeps for its join (a count); what comes after is reported instead, so that a scope nobody
// joins cannot grow.
const KEPT_FAILURES = 128;

/** The failures of one scope that nobody has been told of yet, each of them once, in the order they came. */
export class CollectedFailures {
  private readonly errors: unknown[] = [];

  add(error: unknown, name: string): void {
    if (this.errors.includes(error)) return;
    if (this.errors.length < KEPT_FAILURES) this.errors.push(error);
    else reportFailure(error, name);
  }

  /** What to throw for them: the one there is, or all of them in one; they are told with that. */
  take(scope: string): Failure | undefined {
    const errors = this.errors.splice(0);
    const [cause] = errors;
    if (errors.length < 2) return errors.length === 0 ? undefined : { error: cause };
    return { error: new AggregateError(errors, `${errors.length} tasks of ${scope} failed`, { cause }) };
  }

  report(scope: string): void {
    for (const error of this.errors.splice(0)) reportFailure(error, scope);
  }
}
