import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

export const WORDS_ERRORS = {
  WORDS_BAD_LIST: {
    message: "The word list has {count} bad lines: {lines}.",
    retryable: false,
    http: 400,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export const wordsError = defineErrors(WORDS_ERRORS);
