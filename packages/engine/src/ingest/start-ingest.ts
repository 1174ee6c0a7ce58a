import { Scope } from "@barrage/kernel";
import type { Context } from "@barrage/kernel";
import { Commands } from "../coordinator/commands.ts";
import { RoomWriter } from "../coordinator/room-writer.ts";
import type { WordChecker } from "../engine.ts";
import type { EngineEvent } from "../events.ts";
import type {
  Archive,
  ArchiveProgress,
  AuditLog,
  LimitStores,
  LogWriter,
  RecentWindow,
  RoomHeartbeats,
  RoomPlaces,
  RoomStates,
  Soon,
  UserEraser,
} from "../ports/index.ts";
import type { PolicyTally } from "../room/policies/tally.ts";
import type { RoomState } from "../room/state.ts";
import type { EngineSettings } from "../settings.ts";
import type { Tracing } from "../tracing/tracing.ts";
import { Admission } from "./admission.ts";
import { Ingest } from "./ingest.ts";

export interface IngestOptions<H extends RoomHeartbeats = RoomHeartbeats> {
  readonly log: LogWriter;
  readonly states: RoomStates;
  readonly limits: LimitStores;
  readonly window: Pick<RecentWindow, "read">;
  readonly archive: Pick<Archive, "find">;
  readonly archived: ArchiveProgress;
  readonly audit: AuditLog;
  readonly eraser: UserEraser;
  /** Made with what appends a room's records. */
  readonly heartbeats: (writer: RoomWriter) => H;
  /** How often policies were applied; slow and unique mode are counted here. */
  readonly tally: PolicyTally;
  /** For rooms that are made here. */
  readonly places: RoomPlaces;
  readonly settings: Pick<EngineSettings, "rooms">;
  /** Unique ids for records. */
  readonly newId: () => string;
  readonly onEvent: (event: EngineEvent) => void;
  /** Absent where nothing is traced. */
  readonly tracing?: Tracing | undefined;
  /** Parent of every task; its clock is the half's clock. */
  readonly ctx: Context;
}

/** What takes publishes and commands, up to the log. Its ports stay their owner's. */
export class IngestHalf<H extends RoomHeartbeats = RoomHeartbeats> {
  readonly publisher: Ingest;
  readonly commands: Commands;
  readonly heartbeats: H;
  private readonly writer: RoomWriter;
  private readonly scope: Scope;
  private check: WordChecker = (content) => ({ verdict: "allow", content, matched: [] });

  constructor(options: IngestOptions<H>) {
    const { log, states, limits, tally, places, settings, newId, onEvent, tracing } = options;
    this.scope = new Scope(options.ctx, { name: "ingest", onError: "report" });
    const { scope } = this;
    this.writer = new RoomWriter({ log, states, places, settings: settings.rooms, newId, scope });
    const { writer } = this;
    this.publisher = new Ingest({
      log,
      admission: new Admission(limits, tally),
      requireRoom: (room, ctx) => writer.require(room, ctx),
      checkWords: (content) => this.check(content),
      newId,
      onEvent,
      tracing,
    });
    this.heartbeats = options.heartbeats(writer);
    const { heartbeats } = this;
    const { eraser, archive, archived, window, audit } = options;
    const desk = { writer, heartbeats, eraser, log, archive, archived, window, audit, tally, newId };
    this.commands = new Commands(desk);
  }

  /**
   * A room for whoever joins it, with its records up to `seq` at least; made now where rooms are made on first use.
   *
   * Errors     BARRAGE_ROOM_UNKNOWN, BARRAGE_OVERLOADED.
   */
  requireRoom(room: string, seq: number, ctx: Context): Soon<RoomState> {
    return this.writer.requireAt(room, seq, ctx);
  }

  /** Replaces the keyword list at once, without a lock: the next publish meets the new one. */
  setWords(check: WordChecker): void {
    this.check = check;
  }

  /** Publishes are refused from now on; resolves when those under way are answered. */
  drain(ctx: Context): Promise<void> {
    return this.publisher.inflight.close(ctx);
  }

  /** Ends what still runs: rooms that are being made. */
  async stop(): Promise<void> {
    await this.scope[Symbol.asyncDispose]();
  }
}

/** Starts the part of an engine that takes publishes and commands; who follows the log may be another process. */
export function startIngestHalf<H extends RoomHeartbeats>(options: IngestOptions<H>): IngestHalf<H> {
  return new IngestHalf(options);
}
