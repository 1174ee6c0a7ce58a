import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What keeps a load run from being one; written for the person who started it. */
export const LOAD_ERRORS = {
  LOAD_BAD_PLAN: { message: "The load plan is not valid: {what}.", retryable: false },
  LOAD_BAD_THRESHOLD: {
    message: 'The threshold "{text}" is none: {what}.',
    retryable: false,
  },
  LOAD_BAD_CONDITION: { message: 'The stop condition "{text}" is none: {what}.', retryable: false },
  LOAD_BAD_STAGES: { message: 'The stages "{text}" are none: {what}.', retryable: false },
  LOAD_BAD_SCENARIO: { message: "{file} is no scenario: {what}.", retryable: false },
  LOAD_BAD_RECORDING: { message: "{file} cannot be replayed: {what}.", retryable: false },
  LOAD_BAD_REPORT: { message: "{file} is no report of barrage load: {what}.", retryable: false },
  LOAD_UNREACHABLE: { message: "{target} does not answer ({reason}).", retryable: true },
  LOAD_LOGIN_REFUSED: { message: "{target} refuses to log users in: {reason}.", retryable: false },
  LOAD_WORKER_LOST: { message: "Worker {worker} is lost: {reason}.", retryable: true },
  LOAD_CONTROLLER_LOST: { message: "The controller is lost: {reason}.", retryable: true },
  LOAD_JOIN_REFUSED: { message: "Controller and worker do not come together: {reason}.", retryable: false },
  LOAD_WORKERS_MISSING: { message: "Only {joined} of {wanted} workers have joined.", retryable: true },
  LOAD_CANNOT_LISTEN: { message: "Cannot listen for workers on {address}: {reason}.", retryable: true },
  LOAD_BAD_MESSAGE: {
    message: "Controller and worker do not understand each other: {what}.",
    retryable: false,
  },
  LOAD_BAD_STREAM: { message: "The server's stream breaks its format: {what}.", retryable: false },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export const loadError = defineErrors(LOAD_ERRORS);
