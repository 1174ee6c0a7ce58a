import { BINARY_FORMS } from "@barrage/protocol";
import { table } from "./table.ts";

/** The tables of `barrage.v1` in docs/spec/protocol.md: each record's fields in the order of their bytes. */
export function binaryForms(): string {
  return BINARY_FORMS.map(({ name, tag, fields }) => {
    const title = `**${name}**${tag === undefined ? "" : `, tag ${tag}`}`;
    if (fields.length === 0) return `${title}: nothing.`;
    const rows = fields.map(({ name: field, form, bit, laterBit }) => [
      `\`${field}\``,
      form,
      laterBit === undefined ? `${bit ?? ""}` : `later ${laterBit}`,
    ]);
    return `${title}\n\n${table(["field", "form", "bit"], rows)}`;
  }).join("\n\n");
}
