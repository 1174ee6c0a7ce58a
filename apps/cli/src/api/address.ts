import { isRoomId } from "@barrage/protocol";
import { usageError } from "../errors.ts";

/** The server's address as given by `--url`. Errors: CLI_USAGE. */
export function serverAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw usageError(`--url must be an address such as http://127.0.0.1:8080, not ${text}`);
  }
  return url;
}

/** Errors: CLI_USAGE. */
export function roomName(text: string): string {
  // A guard would narrow `text` to never below.
  const isGood: boolean = isRoomId(text);
  if (isGood) return text;
  throw usageError(`--room must be 1 to 64 of A-Z a-z 0-9 _ -, not ${text}`);
}
