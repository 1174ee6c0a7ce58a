/**
 * Finds every occurrence of many words in a text in one pass (Aho and Corasick, 1975).
 *
 * Shape      immutable; nodes are numbered breadth first, so a node's children stand side by side, sorted by label.
 * Units      UTF-16 code units; words and text must be well-formed, so matches begin and end between characters.
 * Bounds     18 bytes a node in typed arrays; a node per distinct prefix.
 * Cost       build O(total length x log words); `find` O(text x log children + matches).
 */
export class Automaton {
  readonly #labels: Uint16Array;
  /** Children of node i are the nodes from `#firstChild[i]` up to `#firstChild[i + 1]`. */
  readonly #firstChild: Int32Array;
  /** The longest proper suffix of the node's prefix that is a prefix too. */
  readonly #fail: Int32Array;
  /** The word that ends at the node, or -1. */
  readonly #word: Int32Array;
  /** The next node on the way of failures at which a word ends, or 0. */
  readonly #nextWord: Int32Array;

  /** `words` are distinct and not empty; matches name them by index. */
  constructor(words: readonly string[]) {
    const trie = buildTrie(words);
    this.#labels = trie.labels;
    this.#firstChild = trie.firstChild;
    this.#word = trie.word;
    this.#fail = new Int32Array(trie.word.length);
    this.#nextWord = new Int32Array(trie.word.length);
    this.#link();
  }

  get nodes(): number {
    return this.#word.length;
  }

  /** Calls `onMatch` for every occurrence of every word, by end, the longest first among those of one end. */
  find(text: string, onMatch: (word: number, end: number) => void): void {
    let node = 0;
    for (let index = 0; index < text.length; index += 1) {
      node = this.#step(node, text.charCodeAt(index));
      let hit = at(this.#word, node) >= 0 ? node : at(this.#nextWord, node);
      while (hit !== 0) {
        onMatch(at(this.#word, hit), index + 1);
        hit = at(this.#nextWord, hit);
      }
    }
  }

  #step(from: number, label: number): number {
    let node = from;
    for (;;) {
      const child = this.#child(node, label);
      if (child !== 0) return child;
      if (node === 0) return 0;
      node = at(this.#fail, node);
    }
  }

  /** 0 for no such child: the root is nobody's. */
  #child(node: number, label: number): number {
    let low = at(this.#firstChild, node);
    let high = at(this.#firstChild, node + 1) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = at(this.#labels, middle);
      if (found === label) return middle;
      if (found < label) low = middle + 1;
      else high = middle - 1;
    }
    return 0;
  }

  #link(): void {
    for (let parent = 0; parent < this.nodes; parent += 1) {
      const end = at(this.#firstChild, parent + 1);
      for (let node = at(this.#firstChild, parent); node < end; node += 1) {
        const fail = parent === 0 ? 0 : this.#step(at(this.#fail, parent), at(this.#labels, node));
        this.#fail[node] = fail;
        this.#nextWord[node] = at(this.#word, fail) >= 0 ? fail : at(this.#nextWord, fail);
      }
    }
  }
}

interface Trie {
  readonly labels: Uint16Array;
  readonly firstChild: Int32Array;
  readonly word: Int32Array;
}

/** Sorted words make each node a range of them; splitting the ranges level by level numbers the nodes breadth first. */
function buildTrie(words: readonly string[]): Trie {
  const sorted = words.map((text, index) => ({ text, index }));
  sorted.sort((a, b) => (a.text < b.text ? -1 : 1));
  const labels = [0];
  const firstChild: number[] = [];
  const word: number[] = [];
  const from = [0];
  const to = [sorted.length];
  const depth = [0];
  for (let node = 0; node < from.length; node += 1) {
    firstChild.push(labels.length);
    let next = at(from, node);
    const end = at(to, node);
    const length = at(depth, node);
    const first = sorted[next];
    // Of words with this prefix the one that is nothing but the prefix sorts first.
    word.push(first !== undefined && next < end && first.text.length === length ? first.index : -1);
    if (word[node] !== -1) next += 1;
    while (next < end) {
      const label = sorted[next]?.text.charCodeAt(length) ?? 0;
      const start = next;
      while (next < end && sorted[next]?.text.charCodeAt(length) === label) next += 1;
      labels.push(label);
      from.push(start);
      to.push(next);
      depth.push(length + 1);
    }
  }
  firstChild.push(labels.length);
  return {
    labels: Uint16Array.from(labels),
    firstChild: Int32Array.from(firstChild),
    word: Int32Array.from(word),
  };
}

const at = (array: { readonly [index: number]: number }, index: number): number => array[index] ?? 0;
