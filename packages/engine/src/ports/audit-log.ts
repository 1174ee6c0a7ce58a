import type { Context } from "@barrage/kernel";

/** Something a person with power did. */
export interface AuditEvent {
  readonly at: number;
  readonly actor: string;
  readonly action:
    | "approve"
    | "reject"
    | "recall"
    | "clear_user"
    | "mute"
    | "unmute"
    | "ban"
    | "unban"
    | "title"
    | "slow_mode"
    | "policies"
    | "close"
    | "create_room"
    | "erase_user"
    | "import";
  readonly room: string;
  /** uid or danmaku id; absent when the room itself is meant. */
  readonly target?: string;
  readonly detail?: string;
}

export interface AuditLog {
  record(event: AuditEvent, ctx: Context): Promise<void>;
  /** Newest first. */
  list(room: string, limit: number, ctx: Context): Promise<readonly AuditEvent[]>;
}
