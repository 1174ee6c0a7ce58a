import { SaxesParser } from "saxes";
import type { SaxesTagPlain } from "saxes";
import { filesError } from "../errors.ts";
import { FileReport } from "../row.ts";
import type { FileRow, HeaderElement } from "../row.ts";
import { KNOWN_ATTRIBUTES, readElement, ROW_ELEMENTS } from "./elements.ts";
import type { ReadElement } from "./elements.ts";
import { XmlSanitizer } from "./sanitizer.ts";

/** Characters given to the parser at once: what bounds memory when a caller hands over a whole file as one string. */
const SLICE_CHARS = 65_536;
/** Characters from the end of one tag to the end of the next. The largest real ones are BAS programs and the recorder's stylesheet, under 100 k. */
export const ELEMENT_MAX_CHARS = 1_048_576;
const DEPTH_MAX = 64;
/** Elements that are no rows; real files have 7 to 10. */
const HEADER_MAX_ELEMENTS = 64;

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly line: number;
  text: string;
  nested: boolean;
}

/**
 * Reads one Bilibili XML file that comes in chunks.
 *
 * Shape      one file; `push` every chunk, then `end`; each returns the rows completed by it.
 * Bounds     holds one element (at most ELEMENT_MAX_CHARS), the header and the report; not the file. FI-8.
 * Errors     FILES_BAD_XML, FILES_NOT_DANMAKU, FILES_ELEMENT_TOO_LARGE; the reader is of no use after one.
 */
export class BilibiliXmlReader {
  readonly header: HeaderElement[] = [];
  /** Rows that are not shown, and what was put right or dropped. */
  readonly report = new FileReport();
  readonly #sanitizer = new XmlSanitizer();
  readonly #parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  #rows: FileRow[] = [];
  #rowCount = 0;
  #depth = 0;
  #open: OpenElement | undefined;
  #tagEnd = 0;
  #written = 0;

  constructor() {
    this.#parser.on("error", (cause) => {
      throw filesError("FILES_BAD_XML", { line: this.#parser.line, column: this.#parser.column }, cause);
    });
    this.#parser.on("opentag", (tag) => this.#onOpen(tag));
    this.#parser.on("closetag", () => this.#onClose());
    const onText = (text: string): void => {
      if (this.#open !== undefined && this.#depth === 2) this.#open.text += text;
    };
    this.#parser.on("text", onText);
    this.#parser.on("cdata", onText);
  }

  /** Characters taken out because XML 1.0 cannot hold them. */
  get stripped(): number {
    return this.#sanitizer.stripped;
  }

  push(chunk: string): readonly FileRow[] {
    for (let start = 0; start < chunk.length; start += SLICE_CHARS) {
      this.#write(this.#sanitizer.push(chunk.slice(start, start + SLICE_CHARS)));
    }
    return this.#takeRows();
  }

  end(): readonly FileRow[] {
    this.#write(this.#sanitizer.end());
    this.#parser.close();
    if (this.#sanitizer.bareAmpersands > 0) {
      this.report.note("an & that begins no reference was read as text", this.#sanitizer.bareAmpersands);
    }
    return this.#takeRows();
  }

  #write(text: string): void {
    this.#parser.write(text);
    // The parser's own position is right only inside its callbacks.
    this.#written += text.length;
    this.#checkSize(this.#written);
  }

  #takeRows(): readonly FileRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #checkSize(position: number): void {
    if (position - this.#tagEnd > ELEMENT_MAX_CHARS) throw this.#tooLarge();
  }

  #tooLarge() {
    return filesError("FILES_ELEMENT_TOO_LARGE", { limit: ELEMENT_MAX_CHARS, line: this.#parser.line });
  }

  #onTagEnd(): void {
    this.#checkSize(this.#parser.position);
    this.#tagEnd = this.#parser.position;
  }

  #onOpen(tag: SaxesTagPlain): void {
    this.#onTagEnd();
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.#tooLarge();
    if (this.#depth === 1 && tag.name !== "i") {
      throw filesError("FILES_NOT_DANMAKU", { detail: "its root element is not <i>" });
    }
    if (this.#depth === 2) {
      const { name, attributes } = tag;
      this.#open = { name, attributes, line: this.#parser.line, text: "", nested: false };
    } else if (this.#open !== undefined) {
      this.#open.nested = true;
    }
  }

  #onClose(): void {
    this.#onTagEnd();
    if (this.#depth === 2 && this.#open !== undefined) {
      if (ROW_ELEMENTS.has(this.#open.name)) this.#onRow(this.#open);
      else this.#onHeader(this.#open);
      this.#open = undefined;
    }
    this.#depth -= 1;
  }

  #onRow(element: OpenElement): void {
    const { name, attributes, line, nested } = element;
    this.#rowCount += 1;
    for (const attribute of Object.keys(attributes)) {
      if (KNOWN_ATTRIBUTES[name]?.has(attribute) !== true) {
        this.report.note("an attribute nobody here knows was dropped");
      }
    }
    const { row, skipped, noted }: ReadElement = nested
      ? { skipped: "it has elements inside" }
      : readElement(element);
    if (row !== undefined) this.#rows.push(row);
    if (skipped !== undefined) this.report.skip({ row: this.#rowCount, line, reason: skipped });
    if (noted !== undefined) this.report.note(noted);
  }

  #onHeader({ name, attributes, text, nested }: OpenElement): void {
    if (!nested && this.header.length < HEADER_MAX_ELEMENTS) {
      this.header.push({ name, text, attributes: { ...attributes } });
    } else {
      this.report.note("an element that is neither a row nor a plain header element was dropped");
    }
  }
}
