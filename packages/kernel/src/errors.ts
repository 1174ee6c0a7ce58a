/** One row of the kernel's error table. */
export interface KernelErrorSpec {
  /** Human sentence. `{name}` is replaced by the field of that name. */
  readonly message: string;
  /** May the same call succeed later with nothing changed by the caller? */
  readonly retryable: boolean;
}

/** Values that fill the `{name}` places of a message. */
export type KernelErrorFields = Readonly<Record<string, string | number>>;

/** Every error the kernel makes. Class, docs and tests read this table; a code is written nowhere else. */
export const KERNEL_ERRORS = {
  KERNEL_CANCELLED: { message: "{name} was cancelled", retryable: false },
  KERNEL_DEADLINE_EXCEEDED: { message: "{name} passed its deadline", retryable: true },
  KERNEL_CHANNEL_CLOSED: { message: "send on closed channel {name}", retryable: false },
  KERNEL_SCOPE_CLOSED: {
    message: "scope {name} has ended and takes no more tasks or resources",
    retryable: false,
  },
  KERNEL_SCOPE_FULL: {
    message: "scope {name} already has {queued} tasks waiting for a slot",
    retryable: true,
  },
  KERNEL_PERMITS_TOO_MANY: {
    message: "{asked} permits were asked of a semaphore that has {permits}",
    retryable: false,
  },
  KERNEL_WAIT_GROUP_NEGATIVE: { message: "{name}: more is done than was added", retryable: false },
  KERNEL_WAIT_GROUP_REUSED: {
    message: "{name}: added to before those who waited for the last round have returned",
    retryable: false,
  },
  KERNEL_RETRIES_FAILED: { message: "{name} failed {attempts} time(s), and {why}", retryable: true },
  KERNEL_TASKS_LEAKED: { message: "{count} task(s) outlived their body:\n{groups}", retryable: false },
  KERNEL_LIFECYCLE_CYCLE: { message: "{name} has parts that need each other: {cycle}", retryable: false },
  KERNEL_LIFECYCLE_STATE: { message: "{name} cannot start: it is {state}", retryable: false },
  KERNEL_LIFECYCLE_NOT_STARTED: { message: "{name} is not started", retryable: false },
  KERNEL_LIFECYCLE_START_FAILED: { message: "{name} did not start; failed: {parts}", retryable: true },
  KERNEL_LIFECYCLE_STOP_FAILED: { message: "{name} did not stop well; failed: {parts}", retryable: false },
  KERNEL_NOT_DISPOSABLE: { message: "a resource needs a method that disposes it", retryable: false },
  KERNEL_FOREIGN: { message: "the {name} was not made by this copy of the kernel", retryable: false },
  KERNEL_INVALID_ARGUMENT: { message: "{name} must be {rule}, not {value}", retryable: false },
} as const satisfies Readonly<Record<`KERNEL_${string}`, KernelErrorSpec>>;

/** A code of {@link KERNEL_ERRORS}. */
export type KernelErrorCode = keyof typeof KERNEL_ERRORS;

// Registered, so that errors are known across copies of this package and by the other packages' error classes.
const BRAND: unique symbol = Symbol.for("barrage.error") as never;

function sentence(code: KernelErrorCode, fields: KernelErrorFields): string {
  return KERNEL_ERRORS[code].message.replace(/\{(\w+)\}/g, (_, key: string) => String(fields[key]));
}

/** An expected failure of a kernel operation. Callers branch on `code`; `cause` keeps what led to it. */
export class KernelError extends Error {
  readonly [BRAND] = true;
  readonly code: KernelErrorCode;
  readonly spec: KernelErrorSpec;
  readonly fields: KernelErrorFields;

  constructor(code: KernelErrorCode, fields: KernelErrorFields, options?: ErrorOptions) {
    super(sentence(code, fields), options);
    this.name = "KernelError";
    this.code = code;
    this.spec = KERNEL_ERRORS[code];
    this.fields = fields;
  }
}

/** What a wait throws when its context was cancelled. `cause` is what `cancel` was given, if it was given any. */
export class CancelledError extends KernelError {
  constructor(name: string, options?: ErrorOptions, code: KernelErrorCode = "KERNEL_CANCELLED") {
    super(code, { name }, options);
    this.name = "CancelledError";
  }
}

/** What a wait throws when its context's deadline passed; {@link isCancelled} holds for it too. */
export class DeadlineExceededError extends CancelledError {
  constructor(name: string, options?: ErrorOptions) {
    super(name, options, "KERNEL_DEADLINE_EXCEEDED");
    this.name = "DeadlineExceededError";
  }
}

/** What `retry` throws when it gives up: the last failure is the `cause`, and `errors` has each of them. */
export class RetryError extends KernelError {
  readonly errors: readonly unknown[];

  constructor(name: string, why: string, errors: readonly unknown[]) {
    super("KERNEL_RETRIES_FAILED", { name, attempts: errors.length, why }, { cause: errors.at(-1) });
    this.name = "RetryError";
    this.errors = errors;
  }
}

/** A start or stop that failed; `errors` has every failure, the first one is the `cause`. */
export class LifecycleError extends KernelError {
  readonly errors: readonly unknown[];

  constructor(
    code: "KERNEL_LIFECYCLE_START_FAILED" | "KERNEL_LIFECYCLE_STOP_FAILED",
    fields: KernelErrorFields,
    errors: readonly unknown[],
  ) {
    super(code, fields, { cause: errors[0] });
    this.name = "LifecycleError";
    this.errors = errors;
  }
}

/** A mistake of the caller, thrown at once from the call that made it. */
export class InvalidArgumentError extends RangeError {
  readonly [BRAND] = true;
  readonly code = "KERNEL_INVALID_ARGUMENT";
  readonly spec: KernelErrorSpec = KERNEL_ERRORS.KERNEL_INVALID_ARGUMENT;
  readonly fields: KernelErrorFields;

  constructor(name: string, rule: string, value: number) {
    const fields = { name, rule, value };
    super(sentence("KERNEL_INVALID_ARGUMENT", fields));
    this.name = "InvalidArgumentError";
    this.fields = fields;
  }
}

/** A resource that cannot be disposed, thrown at once from the call that was given it. */
export class NotDisposableError extends TypeError {
  readonly [BRAND] = true;
  readonly code = "KERNEL_NOT_DISPOSABLE";
  readonly spec: KernelErrorSpec = KERNEL_ERRORS.KERNEL_NOT_DISPOSABLE;
  readonly fields: KernelErrorFields = {};

  constructor() {
    super(sentence("KERNEL_NOT_DISPOSABLE", {}));
    this.name = "NotDisposableError";
  }
}

/** The code of an error of this kernel or of another copy of it; undefined for anything else. */
export function kernelCode(error: unknown): KernelErrorCode | undefined {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return undefined;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && Object.hasOwn(KERNEL_ERRORS, code)
    ? (code as KernelErrorCode)
    : undefined;
}

/** True for a cancellation or a passed deadline, even when two copies of this package are loaded. */
export function isCancelled(error: unknown): error is CancelledError {
  const code = kernelCode(error);
  return code === "KERNEL_CANCELLED" || code === "KERNEL_DEADLINE_EXCEEDED";
}
