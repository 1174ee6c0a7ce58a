import { type KernelErrorFields, type KernelErrorSpec } from "@barrage/kernel";

/** Every error this package makes. Class, docs and tests read this table; a code is written nowhere else. */
export const KERNEL_NODE_ERRORS = {
  KERNEL_POOL_FULL: { message: "pool {name} already has {queued} job(s) waiting", retryable: true },
  KERNEL_POOL_CLOSED: { message: "pool {name} has ended and takes no more jobs", retryable: false },
  KERNEL_POOL_JOB_LOST: {
    message: "a worker of pool {name} died with a job that may not be done twice",
    retryable: false,
  },
  KERNEL_POOL_JOB_GIVEN_UP: {
    message: "a job of pool {name} was given to {attempts} worker(s), and all of them died",
    retryable: false,
  },
} as const satisfies Readonly<Record<`KERNEL_${string}`, KernelErrorSpec>>;

/** A code of {@link KERNEL_NODE_ERRORS}. */
export type KernelNodeErrorCode = keyof typeof KERNEL_NODE_ERRORS;

// The brand of every coded error of this project, so that the other packages' readers know it.
const BRAND: unique symbol = Symbol.for("barrage.error") as never;

/** An expected failure. Callers branch on `code`; `cause` keeps what led to it. */
export class KernelNodeError extends Error {
  readonly [BRAND] = true;
  readonly code: KernelNodeErrorCode;
  readonly spec: KernelErrorSpec;
  readonly fields: KernelErrorFields;

  constructor(code: KernelNodeErrorCode, fields: KernelErrorFields, options?: ErrorOptions) {
    const spec = KERNEL_NODE_ERRORS[code];
    super(
      spec.message.replace(/\{(\w+)\}/g, (_, key: string) => String(fields[key])),
      options,
    );
    this.name = "KernelNodeError";
    this.code = code;
    this.spec = spec;
    this.fields = fields;
  }
}
