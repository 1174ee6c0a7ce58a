import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Path } from "./problems.ts";

/** What a YAML text holds, and on which line each part of it stands. */
export interface YamlContent {
  readonly value: unknown;
  /** Lines from 1; of the nearest part around it where the path leads to nothing. */
  lineOf(path: Path): number;
}

/** A text that is no YAML: the parser's own sentence. */
export interface YamlFault {
  readonly fault: string;
  readonly line: number | undefined;
}

/** Reads one YAML document; merge keys and custom tags are not known, a key that stands twice is a fault. */
export function readYaml(text: string): YamlContent | YamlFault {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: "core" });
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) return { fault: error.message, line: lines.linePos(error.pos[0]).line };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (failure) {
    // More aliases than the library takes.
    return { fault: failure instanceof Error ? failure.message : String(failure), line: undefined };
  }
  const lineAt = (node: unknown): number | undefined => {
    const start = isNode(node) ? node.range?.[0] : undefined;
    return start === undefined ? undefined : lines.linePos(start).line;
  };
  return {
    value,
    lineOf(path) {
      let node: unknown = document.contents;
      let line = lineAt(node) ?? 1;
      for (const part of path) {
        let mark: unknown;
        if (isMap(node)) {
          const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
          mark = pair?.key;
          node = pair?.value;
        } else if (isSeq(node)) {
          node = typeof part === "number" ? node.items[part] : undefined;
          mark = node;
        } else return line;
        line = lineAt(mark) ?? line;
      }
      return line;
    },
  };
}
