/** A value that is there at once where it is kept in this process, and later where it is asked of another. */
export type Soon<T> = T | Promise<T>;

/** Is it asked of another process, and still to come? */
export const isLater = <T>(value: Soon<T>): value is Promise<T> => value instanceof Promise;

/** Goes on with the value: at once and without a promise where it is there. */
export const andThen = <T, R>(value: Soon<T>, next: (value: T) => Soon<R>): Soon<R> =>
  isLater(value) ? value.then(next) : next(value);
