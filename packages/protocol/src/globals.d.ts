/** What the protocol takes from its platform: browsers and Node have both. */
declare const TextEncoder: {
  new (): {
    encode(text: string): Uint8Array;
    encodeInto(text: string, into: Uint8Array): { written: number };
  };
};
declare const TextDecoder: {
  new (
    label: "utf-8",
    options: { fatal: boolean; ignoreBOM: boolean },
  ): { decode(bytes: Uint8Array): string };
};
