import type { Entry, PolicyChange, PolicyName, RoomPolicies } from "@barrage/protocol";
import type { CallOptions } from "./call.ts";
import { clientError } from "../errors.ts";
import { call, isObject, rowsOf } from "./call.ts";

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

/** A room's policies, and how many records each was applied to, or would have been in its dry runs. */
export interface PolicyReport {
  readonly policies: RoomPolicies;
  readonly counts: Readonly<Record<PolicyName, { readonly on: number; readonly dry_run: number }>>;
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
  /** Changes the policies that `change` names; resolves with all as they are then. */
  setPolicies(change: PolicyChange): Promise<RoomPolicies>;
  policies(): Promise<PolicyReport>;
  close(): Promise<void>;
  held(): Promise<readonly HeldRow[]>;
  approve(id: string): Promise<void>;
  reject(id: string): Promise<void>;
  audit(): Promise<readonly AuditRow[]>;
}

/** The commands of one room for the holder of a token. */
export function roomCommands(url: string, room: string, options: CallOptions): RoomCommands {
  const base = `/api/v1/rooms/${encodeURIComponent(room)}`;
  const order = async (path: string, body?: object): Promise<void> => {
    await call({
      ...options,
      url,
      method: "POST",
      path: base + path,
      ...(body === undefined ? {} : { body }),
    });
  };
  const read = (path: string): Promise<unknown> =>
    call({ ...options, url, method: "GET", path: base + path });
  const held = (id: string, verdict: string): Promise<void> =>
    order(`/held/${encodeURIComponent(id)}/${verdict}`);
  return {
    recall: (id) => order("/recall", { id }),
    clearUser: (uid) => order("/clear-user", { uid }),
    mute: (uid, seconds) => order("/mute", { uid, seconds }),
    unmute: (uid) => order("/unmute", { uid }),
    ban: (uid, seconds) => order("/ban", { uid, seconds }),
    unban: (uid) => order("/unban", { uid }),
    setTitle: (title) => order("/title", { title }),
    setSlowMode: (seconds) => order("/slow-mode", { seconds }),
    setPolicies: async (change) =>
      policiesOf(await call({ ...options, url, method: "PUT", path: `${base}/policies`, body: change }))
        .policies,
    policies: async () => policiesOf(await read("/policies")),
    close: () => order("/close"),
    held: async () => rowsOf(await read("/held"), "held") as readonly HeldRow[],
    approve: (id) => held(id, "approve"),
    reject: (id) => held(id, "reject"),
    audit: async () => rowsOf(await read("/audit"), "events") as readonly AuditRow[],
  };
}

function policiesOf(answer: unknown): PolicyReport {
  if (!isObject(answer) || !isObject(answer["policies"]) || !isObject(answer["counts"]))
    throw clientError("BARRAGE_CLIENT_BAD_ANSWER", { status: 200 });
  return answer as unknown as PolicyReport;
}
