let reason: string | undefined;

/**
 * Says in a test's body that tasks outlive it on purpose, and why. A test that says so and leaves none fails; a test
 * that leaves some and does not say so fails too, because `every-file.ts` runs each under `assertNoLeaks`.
 */
export function leavesTasks(because: string): void {
  reason = because;
}

/** For the watch around a test: the reason it has given. */
export function reasonGiven(): string | undefined {
  return reason;
}

/** For the watch around a test: the next one begins. */
export function forgetReason(): void {
  reason = undefined;
}
