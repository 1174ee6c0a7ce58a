import type { Measured } from "../trap.ts";

/** A file whose end is the end of its block. */
class OpenFile implements Disposable {
  static open = 0;
  static most = 0;

  constructor() {
    OpenFile.most = Math.max(OpenFile.most, ++OpenFile.open);
  }

  [Symbol.dispose](): void {
    OpenFile.open -= 1;
  }
}

/** Each turn of the loop is a scope of its own. */
export async function run(): Promise<Measured> {
  for (let room = 0; room < 100; room++) {
    using _file = new OpenFile();
  }
  return { what: "files open at once", meant: 1, got: OpenFile.most };
}
