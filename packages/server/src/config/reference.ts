import { z } from "zod";
import { LEAVES } from "./leaves.ts";
import type { Leaf } from "./leaves.ts";
import { shown } from "./problems.ts";
import { configSchema } from "./schema.ts";
import { settings } from "./setting.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

const notes = ({ meta }: Leaf): string =>
  [meta.reloadable && "reloadable", meta.secret && "secret"]
    .filter((note) => typeof note === "string")
    .join(", ");

const row = (leaf: Leaf): string =>
  [
    "",
    ` \`${leaf.name}\` `,
    ` \`${shown(leaf.standard, false)}\` `,
    ` ${leaf.meta.unit ?? leaf.choices?.join(", ") ?? leaf.kind} `,
    ` ${cell(leaf.meta.description)} `,
    ` \`${leaf.env}\` `,
    ` \`--${leaf.flag}\` `,
    ` ${notes(leaf)} `,
    "",
  ].join("|");

/** The page docs/reference/config.md. */
export function configReference(): string {
  return `# Configuration

Every setting, from the schema in \`packages/server/src/config\`. Order: default < config file (JSON, or YAML by its
ending) < environment < flag.
\`barrage config show\` prints each value with where it came from. In the environment and on the command line a list
is separated by commas, and an empty value means none.

| setting | default | unit or kind | meaning | environment | flag | notes |
| --- | --- | --- | --- | --- | --- | --- |
${LEAVES.map(row).join("\n")}
`;
}

/** The schema as JSON Schema (draft 2020-12), for editors and charts; our own keys are \`unit\`, \`reloadable\`, \`secret\`. */
export const configJsonSchema = (): unknown =>
  z.toJSONSchema(configSchema, { metadata: settings, io: "input" });
