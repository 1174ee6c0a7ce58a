const HIDDEN = "[redacted]";

/** Where tokens and keys turn up in text: URLs, headers, bodies, and on their own (a JWT is known by its first part). */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*/g, HIDDEN],
  [/([?&](?:token|key|access_token)=)[^&\s"'#\\]+/gi, `$1${HIDDEN}`],
  [/(\bBearer\s+)[^\s"',\\]+/gi, `$1${HIDDEN}`],
  [/(\\?"(?:authorization|token|key|password|secret)\\?"\s*:\s*\\?")(?:[^"\\])*/gi, `$1${HIDDEN}`],
];

/** `text` without tokens and keys. Goes over every line before it is written, whoever wrote it. */
export const redact = (text: string): string =>
  SECRETS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);
