import { test, type TestContext } from "node:test";

/** Set to list the cases instead of running them; see catalogue.test.ts. */
export const LISTING = "KERNEL_CONFORMANCE_LISTING";

const listing = process.env[LISTING] !== undefined;

/** Declares the test of one case; `sentence` starts with the id of the rule that the case exercises. */
export type Ported = (name: string, sentence: string, body: (t: TestContext) => void | Promise<void>) => void;

/** Tests that follow the cases of one source; the titles name both, so that they can be counted by source. */
export function from(source: string): Ported {
  return (name, sentence, body) => {
    void test(`${sentence} {${source}: ${name}}`, { skip: listing }, body);
  };
}

/** Work that several tests share, begun by the first that asks: a listing asks for none. */
export function onceAsked<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
