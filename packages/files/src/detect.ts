/** Formats by content; `json` is told apart further by `parseJsonDanmaku`. */
export type FileFormat = "bilibili-xml" | "json" | "ass";

const BY_EXTENSION: ReadonlyMap<string, FileFormat> = new Map([
  ["xml", "bilibili-xml"],
  ["json", "json"],
  ["ass", "ass"],
]);

/**
 * What a file is, by its first characters (a few hundred are enough), and by its name where they do not tell.
 * `undefined` for a file nobody here reads.
 */
export function detectFormat(fileName: string, head: string): FileFormat | undefined {
  const start = head.replace(/^\ufeff/, "").trimStart();
  if (/^\[script info\]/i.test(start)) return "ass";
  if (/^[[{]/.test(start)) return "json";
  if (/^<(?:\?xml|!--|i[\s>/])/.test(start)) return "bilibili-xml";
  if (start !== "") return undefined;
  return BY_EXTENSION.get(/\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase() ?? "");
}
