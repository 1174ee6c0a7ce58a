import { KernelError, kernelCode } from "@barrage/kernel";
import { creationStacks } from "@barrage/kernel/diagnostics";
import { fileOf, lineIn } from "../tools/program.ts";
import type { Detect, Finding } from "../trap.ts";
import { run as reproduction } from "./reproduction.ts";
import { run as safe } from "./safe.ts";

/** The typed error of the send, whose cause is the stack of whoever closed. */
export const detect: Detect = async (subject) => {
  const file = fileOf(import.meta.url, subject);
  const findings: Finding[] = [];
  const log = (error: unknown): void => {
    for (const each of error instanceof AggregateError ? error.errors : [error]) {
      if (!(each instanceof KernelError) || kernelCode(each) !== "KERNEL_CHANNEL_CLOSED") continue;
      const { message = "unknown", stack } = each.cause instanceof Error ? each.cause : {};
      findings.push({ tool: each.code, guilty: message, line: lineIn(stack, file) });
    }
  };
  creationStacks("full");
  try {
    if (subject === "reproduction") await reproduction(log);
    else await safe();
  } finally {
    creationStacks("sampled");
  }
  return findings;
};
