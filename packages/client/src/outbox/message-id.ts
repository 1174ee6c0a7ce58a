/** Fresh, unguessable id of one send: 128 random bits in hex. */
export function randomMessageId(): string {
  // Not `randomUUID`: browsers offer it only on https pages, and a phone opens the page by an address of the house.
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
