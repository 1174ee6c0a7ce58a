import type { Entry } from "@barrage/protocol";
import type { CallOptions } from "./call.ts";
import { call, rowsOf } from "./call.ts";

/** A danmaku that waits for a moderator. */
export interface HeldRow {
  readonly entry: Entry;
  /** Words of the list that it was held for. */
  readonly matched: readonly string[];
}

/** Something a person with power did. */
export interface AuditRow {
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly target?: string;
  readonly detail?: string;
}

/** What moderators and hosts do to a room. Each resolves when it is durable; viewers see it in order with danmaku. */
export interface RoomCommands {
  recall(id: string): Promise<void>;
  clearUser(uid: string): Promise<void>;
  /** `seconds` null: for ever. */
  mute(uid: string, seconds: number | null): Promise<void>;
  unmute(uid: string): Promise<void>;
  ban(uid: string, seconds: number | null): Promise<void>;
  unban(uid: string): Promise<void>;
  setTitle(title: string): Promise<void>;
  setSlowMode(seconds: number): Promise<void>;
  close(): Promise<void>;
  held(): Promise<readonly HeldRow[]>;
  approve(id: string): Promise<void>;
  reject(id: string): Promise<void>;
  audit(): Promise<readonly AuditRow[]>;
}

/** The commands of one room for the holder of a token. */
export function roomCommands(url: string, room: string, options: CallOptions): RoomCommands {
  const base = `/api/v1/rooms/${encodeURIComponent(room)}`;
  const send = async (method: "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<void> => {
    await call({ ...options, url, method, path: base + path, ...(body === undefined ? {} : { body }) });
  };
  const read = (path: string): Promise<unknown> =>
    call({ ...options, url, method: "GET", path: base + path });
  const part = encodeURIComponent;
  return {
    recall: (id) => send("DELETE", `/danmu/${part(id)}`),
    clearUser: (uid) => send("DELETE", `/users/${part(uid)}/danmu`),
    mute: (uid, seconds) => send("POST", "/mutes", { uid, seconds }),
    unmute: (uid) => send("DELETE", `/mutes/${part(uid)}`),
    ban: (uid, seconds) => send("POST", "/bans", { uid, seconds }),
    unban: (uid) => send("DELETE", `/bans/${part(uid)}`),
    setTitle: (title) => send("PATCH", "", { title }),
    setSlowMode: (seconds) => send("PATCH", "", { slow_mode_s: seconds }),
    close: () => send("POST", "/close"),
    held: async () => rowsOf(await read("/held?limit=100"), "held") as readonly HeldRow[],
    approve: (id) => send("POST", `/held/${part(id)}/approve`),
    reject: (id) => send("POST", `/held/${part(id)}/reject`),
    audit: async () => rowsOf(await read("/audit?limit=100"), "audit") as readonly AuditRow[],
  };
}
