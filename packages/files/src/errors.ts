import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What can be wrong with a file as a whole; a single bad row is skipped and reported instead. */
export const FILES_ERRORS = {
  FILES_BAD_XML: {
    message: "The file is not valid XML: line {line}, column {column}.",
    retryable: false,
    http: 400,
  },
  FILES_NOT_DANMAKU: {
    message: "The file holds no danmaku: {detail}.",
    retryable: false,
    http: 400,
  },
  FILES_ELEMENT_TOO_LARGE: {
    message: "One element of the file is over {limit} characters or nested too deeply: line {line}.",
    retryable: false,
    http: 413,
  },
  FILES_BAD_JSON: { message: "The file is not valid JSON.", retryable: false, http: 400 },
  FILES_UNKNOWN_VERSION: {
    message: "The file is of a version this program does not know.",
    retryable: false,
    http: 400,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export type FilesErrorCode = keyof typeof FILES_ERRORS;

export const filesError = defineErrors(FILES_ERRORS);
