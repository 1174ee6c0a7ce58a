import { type Listed, reasons, table } from "./listing.ts";

/** The folder's README. What it counts is counted from the tests. */
export function readme(found: ReadonlyMap<string, Listed>): string {
  return `# Conformance

Cases that nobody here wrote: what Go, Kotlin, Trio, Effect, the web platform and test262 ask of their own channels,
contexts, locks and timers, asked of this kernel. Each test is written anew from the case's description, is named after
its source, and carries the rule of [docs/spec](../../../../docs/spec) that it exercises. Where the kernel decided otherwise,
the sentence of the test says what it does instead.

- \`go-test\`, \`go-src\`: programs of Go's \`test\` folder, and tests of its standard library and runtime (BSD-3).
- \`leaks\`: Go's goroutine-leak programs and bugs of GoBench (MIT), each leaky and put right: every
  leaked task has to be proved unreachable with the right wait reason, and none of the corrected programs reported.
- \`satellites\`: x/sync (BSD-3), goleak, Trio and Effect (MIT), Kotlin (Apache-2.0), WPT and test262 (BSD).

That something waits for ever is proved by a day of virtual time, by no timer being left, and by its cancellation ending
it; nothing here sleeps.

## Count

One test may be asked with several inputs, and one case have several tests. The table is
written by \`KERNEL_CONFORMANCE_WRITE=1 node --test packages/kernel/test/conformance/catalogue.test.ts\`; without the
variable that test compares this page with the tests as they are.

${table(found)}

Elsewhere: race tests in \`packages/kernel-node/test/race\`, the passes of x/tools as lint rules in \`packages/lint\`,
fx's lifecycle in \`packages/kernel/test/lifecycle\`, profile counts in \`packages/kernel-node/test/pages\`, Go's benchmarks
in \`bench/micro/kernel\`. Not taken: \`internal/synctest\`, whose bubbles are Go's own way to virtual time (here a context
carries a clock); conc, whose pools and groups are scopes and wait groups with tests of their own.

## Left out

${reasons()}
`;
}
