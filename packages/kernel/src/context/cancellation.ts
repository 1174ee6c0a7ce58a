import { CancelledError, isCancelled } from "../errors.ts";

/** Why a tree was cancelled; one object for all its contexts. The error is built when first asked for. */
export class Cancellation {
  readonly given: unknown;
  private readonly name: string;
  private built: CancelledError | undefined = undefined;

  constructor(name: string, given: unknown) {
    this.name = name;
    this.given = given;
  }

  get error(): CancelledError {
    if (isCancelled(this.given)) return this.given;
    return (this.built ??= new CancelledError(
      this.name,
      this.given === undefined ? undefined : { cause: this.given },
    ));
  }

  get cause(): unknown {
    return this.given === undefined ? this.error : this.given;
  }
}
