import { createHash } from "node:crypto";
import type { AppendRequest } from "@barrage/engine";
import { publishBodyOf } from "@barrage/files";
import type { FileContents, FileRow, JsonFile, Skipped } from "@barrage/files";
import { BarrageError, isUserId, parsePublish } from "@barrage/protocol";
import type { Author, DanmakuEntry, Entry, GiftEntry, Item, SuperchatEntry } from "@barrage/protocol";
import { IMPORT_CONTENT_MAX, SKIPPED_SHOWN_MAX } from "./limits.ts";

export interface ImportContext {
  readonly room: string;
  /** Wall clock of the import, ms. */
  readonly at: number;
  readonly newId: () => string;
  /** Records of money come from services only, in a file as live. */
  readonly mayPay: boolean;
}

/** What came of a file: records for the log, and an account of every row that is not among them. */
export interface ImportPlan {
  readonly requests: readonly AppendRequest[];
  readonly skipped: Readonly<Record<string, number>>;
  readonly adjusted: Readonly<Record<string, number>>;
  readonly places: readonly Skipped[];
}

type Counts = Record<string, number>;
const count = (counts: Counts, reason: string): void => {
  counts[reason] = (counts[reason] ?? 0) + 1;
};

/** Who sent a row of a file, as far as files know. */
const authorOf = (uid: string | undefined, name: string | undefined): Author => {
  const known = isUserId(uid) ? uid : "imported";
  return { uid: known, name: name ?? known, role: "viewer" };
};

const PAID: ReadonlySet<string> = new Set(["superchat", "gift"]);

/** Builds the requests of one import; equal rows of one file are told apart by how often they came before. */
class Planner {
  readonly requests: AppendRequest[] = [];
  readonly skipped: Counts = {};
  readonly adjusted: Counts = {};
  private readonly context: ImportContext;
  private readonly seen = new Map<string, number>();

  constructor(context: ImportContext) {
    this.context = context;
  }

  row(row: FileRow): void {
    switch (row.kind) {
      case "danmaku":
        this.danmaku(row);
        return;
      case "superchat":
      case "gift":
        this.paid(row);
        return;
      case "special":
        // Named by the reader already.
        return;
    }
  }

  item(item: Item): void {
    const { seq: _, n: __, id, ...said } = item;
    if (said.kind !== "danmaku" && !PAID.has(said.kind)) {
      count(this.skipped, `a ${said.kind} is an event of its own room`);
      return;
    }
    // The author's role is not believed: a file could name anyone a moderator.
    const author: Author = { ...said.author, role: "viewer" };
    this.add({ ...said, author, id: this.context.newId() }, id);
  }

  private danmaku(row: Extract<FileRow, { kind: "danmaku" }>): void {
    const { at, newId } = this.context;
    const { body, adjusted } = publishBodyOf(row);
    try {
      const publish = parsePublish(body, IMPORT_CONTENT_MAX);
      const author = authorOf(row.origin?.sender, row.sender ?? row.origin?.sender);
      const origin = row.origin === undefined ? {} : { origin: row.origin };
      const entry: DanmakuEntry = { kind: "danmaku", id: newId(), at, author, ...publish, ...origin };
      for (const reason of adjusted) count(this.adjusted, reason);
      this.add(entry, JSON.stringify([row.origin, row.sender, publish]));
    } catch (error) {
      if (!BarrageError.is(error)) throw error;
      count(this.skipped, error.message);
    }
  }

  private paid(row: Extract<FileRow, { kind: "superchat" | "gift" }>): void {
    const { at, newId } = this.context;
    const { raw: _, sender, uid, pts_ms = 0, ...said } = row;
    const author = authorOf(uid, sender);
    // Paid records have no place in the video: their time of day carries it.
    const base = { id: newId(), at: at + pts_ms, author };
    const entry: SuperchatEntry | GiftEntry = { ...said, ...base };
    this.add(entry, JSON.stringify([sender, uid, pts_ms, said]));
  }

  private add(entry: Entry, identity: string): void {
    if (PAID.has(entry.kind) && !this.context.mayPay) {
      count(this.skipped, `a ${entry.kind} is imported by services only`);
      return;
    }
    const same = this.seen.get(identity) ?? 0;
    this.seen.set(identity, same + 1);
    const { room } = this.context;
    const hash = createHash("sha256").update(`${identity}\n${same}`).digest("base64url");
    const key = { scope: `import:${room}`, id: hash, bodyHash: hash };
    this.requests.push({ room, entry, live: false, key });
  }
}

/** What to append for a file. A second import of the same file brings nothing twice while its keys are kept. */
export function planImport(contents: FileContents | JsonFile, context: ImportContext): ImportPlan {
  const planner = new Planner(context);
  if ("items" in contents) for (const item of contents.items) planner.item(item);
  else for (const row of contents.rows) planner.row(row);
  const { skippedByReason, noted, skipped } = contents;
  return {
    requests: planner.requests,
    skipped: { ...skippedByReason, ...planner.skipped },
    adjusted: { ...noted, ...planner.adjusted },
    places: skipped.slice(0, SKIPPED_SHOWN_MAX),
  };
}
