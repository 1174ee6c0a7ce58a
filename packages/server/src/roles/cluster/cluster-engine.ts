import type {
  EdgeEngine,
  EngineTotals,
  Gateway,
  GatewayTotals,
  LocalGateway,
  LogStats,
  PolicyCounts,
  Publisher,
  RoomCommands,
  RoomDirectory,
  RouterCounts,
} from "@barrage/engine";
import { EMPTY_LEDGER, noPolicyCounts } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { CLOSE, protocolError } from "@barrage/protocol";
import type { PolicyName } from "@barrage/protocol";
import type { IngestWork } from "./ingest.ts";

export interface ClusterEngineParts {
  readonly ingest: IngestWork;
  /** Absent in a process that has no viewers. */
  readonly gateway: LocalGateway | undefined;
  /** Undefined where another process orders the rooms. */
  readonly router: () => RouterCounts | undefined;
  readonly logStats: () => LogStats;
  /** Rooms that this process knows. */
  readonly roomCount: () => number;
  /** The longest flush window in force, ms. */
  readonly windowMs: () => number;
  /** Says why the log does not answer, where its own figures cannot know. */
  readonly logAway: () => string | undefined;
}

const NO_TOTALS: GatewayTotals = {
  duplicates: 0,
  delivered: 0,
  shed: EMPTY_LEDGER.shed,
  lostAtClose: 0,
};

/** Where viewers are of no concern: its edge lets nobody in. */
const NO_GATEWAY: Gateway = {
  connect() {
    throw protocolError("BARRAGE_NO_VIEWERS_HERE");
  },
  connections: 0,
  ledger: () => EMPTY_LEDGER,
  roomLedgers: () => [],
  connectionLedgers: () => [],
  outbound: { bytes: 0, peakBytes: 0, peakConnectionBytes: 0 },
};

function sumOf(one: PolicyCounts, other: PolicyCounts): PolicyCounts {
  const add = (name: PolicyName) => ({
    on: one[name].on + other[name].on,
    dry_run: one[name].dry_run + other[name].dry_run,
  });
  return { ceiling: add("ceiling"), merge: add("merge"), slow: add("slow"), unique: add("unique") };
}

/** What the edges of a process of a cluster work with: its own publisher and viewers, everything else on the shared servers. */
export class ClusterEngine implements EdgeEngine {
  readonly publisher: Publisher;
  readonly commands: RoomCommands;
  readonly rooms: RoomDirectory;
  readonly uniqueViewers: NonNullable<EdgeEngine["uniqueViewers"]>;
  readonly gateway: Gateway;
  private readonly parts: ClusterEngineParts;

  constructor(parts: ClusterEngineParts) {
    const { half, directory, unique } = parts.ingest;
    this.parts = parts;
    this.publisher = half.publisher;
    this.commands = half.commands;
    this.rooms = directory;
    this.uniqueViewers = (room, ctx) => unique.of(room, ctx);
    this.gateway = parts.gateway ?? NO_GATEWAY;
  }

  get totals(): EngineTotals {
    const { gateway, router, ingest } = this.parts;
    const routed = router();
    const { published = 0, muted = 0 } = routed ?? {};
    // What a publish is refused for is counted where it comes in, what is merged or kept back where rooms are ordered.
    const policies = sumOf(ingest.tally.total, routed?.policies ?? noPolicyCounts());
    return { ...(gateway?.totals ?? NO_TOTALS), published, muted, policies };
  }

  get logStats(): LogStats {
    const stats = this.parts.logStats();
    const failed = stats.failed ?? this.parts.logAway();
    return failed === undefined ? stats : { ...stats, failed };
  }

  get roomCount(): number {
    return this.parts.roomCount();
  }

  get windowMs(): number {
    return this.parts.windowMs();
  }

  async drain(spreadMs: number, ctx: Context): Promise<void> {
    const { ingest, gateway } = this.parts;
    await ingest.half.drain(ctx);
    await gateway?.drain(CLOSE.DRAIN.code, spreadMs, ctx);
  }

  async stop(): Promise<void> {
    await this.parts.gateway?.stop();
    await this.parts.ingest.half.stop();
  }
}
