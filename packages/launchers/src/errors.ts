import { defineErrors } from "@barrage/protocol";
import type { ErrorSpec } from "@barrage/protocol";

/** What keeps a server of this machine from its start; written for who asked for it. */
export const LAUNCHER_ERRORS = {
  LAUNCHER_ENDED: { message: "{server} ended at its start: {said}", retryable: true },
  LAUNCHER_NOT_READY: { message: "{server} is not ready after {seconds} s: {said}", retryable: true },
  LAUNCHER_FOLDER_OTHER: {
    message: "{folder} was made for {found}, not for {asked}. Ask for the same, or take another folder.",
    retryable: false,
  },
  LAUNCHER_FOLDER_CLOSED: {
    message:
      "PostgreSQL does not run as root, and as {user} it cannot enter {folder}. Take a folder that others may enter, or run this as another user.",
    retryable: false,
  },
  LAUNCHER_NO_USER: {
    message: "PostgreSQL does not run as root, and this machine has no user postgres or nobody.",
    retryable: false,
  },
} as const satisfies Readonly<Record<string, ErrorSpec>>;

export const launcherError = defineErrors(LAUNCHER_ERRORS);
