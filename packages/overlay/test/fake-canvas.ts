/** One call or property write a canvas context received. */
export interface CanvasCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

const RECORDED = ["setTransform", "scale", "clearRect", "drawImage", "fillText", "strokeText", "strokeRect"];
const WRITTEN = new Set([
  "font",
  "fillStyle",
  "strokeStyle",
  "globalAlpha",
  "lineWidth",
  "textAlign",
  "textBaseline",
  "lineJoin",
]);

/** A canvas that paints nothing and remembers what it was told. Chinese is 1 em wide, the rest half an em. */
export class FakeCanvas {
  width = 300;
  height = 150;
  isRemoved = false;
  readonly calls: CanvasCall[] = [];
  readonly #context: object;

  constructor() {
    const context: Record<string, unknown> = { measureText: (text: string) => this.#measure(text) };
    for (const name of RECORDED) context[name] = (...args: unknown[]) => this.calls.push({ name, args });
    this.#context = new Proxy(context, {
      set: (target, name, value: unknown) => {
        if (WRITTEN.has(String(name))) this.calls.push({ name: String(name), args: [value] });
        return Reflect.set(target, name, value);
      },
    });
  }

  getContext(): object {
    return this.#context;
  }

  remove(): void {
    this.isRemoved = true;
  }

  named(name: string): readonly CanvasCall[] {
    return this.calls.filter((call) => call.name === name);
  }

  #measure(text: string): { width: number } {
    this.calls.push({ name: "measureText", args: [text] });
    const { font } = this.#context as { font: string };
    const fontPx = Number(/(\d+)px/.exec(font)?.[1]);
    let ems = 0;
    for (const char of text) ems += char > "\u2e80" ? 1 : 0.5;
    return { width: ems * fontPx };
  }
}
