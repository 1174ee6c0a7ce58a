/** A promise that resolves to this is rejected: so whoever settles one keeps one of its functions and not two. */
export class Refusal implements PromiseLike<never> {
  private readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }

  // eslint-disable-next-line unicorn/no-thenable -- to be adopted by a promise is all it is for
  then(_: unknown, reject?: ((error: unknown) => unknown) | null): PromiseLike<never> {
    reject?.(this.error);
    return this;
  }
}
