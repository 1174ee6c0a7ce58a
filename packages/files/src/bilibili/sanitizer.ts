/** What no XML 1.0 document may hold: most C0 controls, lone surrogates (the `u` flag leaves pairs alone), U+FFFE, U+FFFF. */
const NOT_XML = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu;

/** `text` without what XML 1.0 cannot hold, and how many characters that were. */
export function stripForXml(text: string): { readonly text: string; readonly stripped: number } {
  let stripped = 0;
  const kept = text.replace(NOT_XML, () => {
    stripped += 1;
    return "";
  });
  return { text: kept, stripped };
}

const isXmlCharacter = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff);

/** Where a reference is none (CDATA, comments), what ends that, and references; a `&` that starts none is text. */
const TOKEN = /<!\[CDATA\[|\]\]>|<!--|-->|&(?:#(x[0-9a-f]{1,12}|[0-9]{1,12});|[a-z][a-z0-9]{0,11};)?/gi;
const COMPLETE = /<!\[CDATA\[|\]\]>|<!--|-->|&#?[a-z0-9]{1,13};/gi;
/** A token may be cut by the end of a chunk. */
const OPEN = /(?:&#?[a-z0-9]{0,13}|<(?:!(?:-|\[[CDAT]{0,5})?)?|-{1,2}|\]{1,2})$/i;
/** Longest token, `&#x` with 12 digits and `;`. */
const TOKEN_MAX_CHARS = 16;

/**
 * Takes what is no XML 1.0 character out of a text that comes in chunks, written plainly or as a numeric reference,
 * so that one stray character of one danmaku does not lose the file.
 *
 * Shape      one document; `push` each chunk, then `end`. A pair or a reference cut by a chunk's end is held back.
 * Bounds     holds back less than one token, 16 characters.
 */
export class XmlSanitizer {
  stripped = 0;
  /** `&` that begin no reference, read as text. */
  bareAmpersands = 0;
  #held = "";
  #literal: "" | "]]>" | "-->" = "";

  push(chunk: string): string {
    const text = this.#held + chunk;
    const cut = cutAt(text);
    this.#held = text.slice(cut);
    return this.#clean(text.slice(0, cut));
  }

  end(): string {
    const rest = this.#clean(this.#held);
    this.#held = "";
    return rest;
  }

  #clean(text: string): string {
    const plain = stripForXml(text);
    this.stripped += plain.stripped;
    return plain.text.replace(TOKEN, (token, reference: string | undefined) => this.#token(token, reference));
  }

  #token(token: string, reference: string | undefined): string {
    if (this.#literal !== "") {
      if (token === this.#literal) this.#literal = "";
      return token;
    }
    if (token === "<![CDATA[") this.#literal = "]]>";
    else if (token === "<!--") this.#literal = "-->";
    if (token === "&") {
      this.bareAmpersands += 1;
      return "&amp;";
    }
    if (reference === undefined) return token;
    const code = /^x/i.test(reference) ? Number.parseInt(reference.slice(1), 16) : Number(reference);
    if (isXmlCharacter(code)) return token;
    this.stripped += 1;
    return "";
  }
}

/** Index from which `text` must wait for the next chunk. */
function cutAt(text: string): number {
  // Twice the longest token: one that began before this tail ends in its first half.
  const start = Math.max(0, text.length - 2 * TOKEN_MAX_CHARS);
  const tail = text.slice(start);
  let done = 0;
  for (const match of tail.matchAll(COMPLETE)) done = match.index + match[0].length;
  // The dashes of `<!--` must not be held back as the start of `-->`.
  const open = OPEN.exec(tail.slice(done));
  if (open !== null) return start + done + open.index;
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
}
