import { configReference, configRows } from "@barrage/server";
import type { Command } from "../command.ts";
import { CONFIG_OPTIONS, configOf, derivedOptions } from "../config-flags.ts";
import { usageError } from "../errors.ts";
import { EXIT } from "../failure.ts";

const ACTIONS = ["show", "check", "reference"] as const;

export const config: Command = {
  name: "config",
  description: "Show the configuration and where each value comes from, check it, or print its reference",
  args: {
    action: { type: "positional", description: ACTIONS.join(", ") },
    ...CONFIG_OPTIONS,
    ...derivedOptions(),
  },
  examples: [
    [
      "barrage config show --config barrage.json",
      "every value, and whether default, file, env or flag gave it",
    ],
    ["barrage config check --config barrage.json", "exit code 1 and all problems when it is not valid"],
    ["barrage config reference", "every setting with its three names, as Markdown"],
  ],
  run(values, around) {
    const action = values.required("action");
    if (action === "reference") {
      around.terminal.out(configReference());
    } else if (action === "show") {
      const rows = configRows(configOf(values, around));
      const width = Math.max(...rows.map(({ name }) => name.length));
      for (const { name, value, source } of rows) {
        around.terminal.out(`${name.padEnd(width)}  ${source.padEnd(7)}  ${value}`);
      }
    } else if (action === "check") {
      configOf(values, around);
      around.terminal.out("the configuration is valid");
    } else throw usageError(`config takes one of ${ACTIONS.join(", ")}, not ${action}`);
    return Promise.resolve(EXIT.DONE);
  },
};
