import { assertLedger } from "@barrage/testkit";
import { sleep } from "@barrage/kernel";
import { ledgerOf, wholeHistory } from "../../e2e/harness/api.ts";
import { judge, longestSilence } from "./judge.ts";
import type { Counts } from "./judge.ts";
import { Publishing } from "./publishing.ts";
import type { Archived } from "./record.ts";
import type { Servers } from "./servers.ts";
import type { Site } from "./site.ts";
import { tokenFor } from "./token.ts";
import { FaultViewer } from "./viewer.ts";

const ROOMS = 6;
const VIEWERS_PER_ROOM = 2;
const PER_SECOND = 12;
/** Records that every viewer has before something is broken: the site is warm. */
const WARM_RECORDS = 20;
const LOOK_EVERY_MS = 20;
/** How long anything may take that has to happen in the end; only a miss takes all of it. */
const PATIENCE_MS = 60_000;

/** Resolves to true when it holds, to false when it does not within the patience. */
export async function holds(condition: () => boolean, patienceMs = PATIENCE_MS): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (!condition()) {
    if (performance.now() > until) return false;
    await sleep(LOOK_EVERY_MS);
  }
  return true;
}

export interface Outcome extends Counts {
  /** Longest that a viewer waited for the next record, from the fault on; ms. */
  readonly silenceMs: number;
  readonly acknowledged: number;
  readonly retries: number;
  /** What else went wrong. */
  readonly troubles: readonly string[];
}

export interface WorldOptions {
  readonly site: Site;
  readonly servers: Servers;
  /** Viewers come back to the gateway that they had, rather than go to the other one. */
  readonly isSticky?: boolean;
}

/** Rooms of one case under load: publishers over HTTP, viewers over WebSocket, each with its own record. */
export class World implements AsyncDisposable {
  readonly rooms: readonly string[];
  readonly site: Site;
  readonly servers: Servers;
  readonly viewers: readonly FaultViewer[];
  readonly publishing: Publishing;
  readonly troubles: string[] = [];
  /** Silence counts from here: when the fault was made, or, where nothing can help before it ends, when it ended. */
  private from = performance.now();
  private sealedAt = Infinity;

  constructor(name: string, { site, servers, isSticky = false }: WorldOptions) {
    this.site = site;
    this.servers = servers;
    this.rooms = Array.from({ length: ROOMS }, (_, i) => `${name}-${i}`);
    const gateways = site.all("gateway");
    const doors = (turn: number) => rotated(gateways, turn).slice(0, isSticky ? 1 : gateways.length);
    this.viewers = this.rooms.flatMap((room, r) =>
      Array.from({ length: VIEWERS_PER_ROOM }, (_, i) => new FaultViewer(`${room}/${i}`, room, doors(r + i))),
    );
    this.publishing = new Publishing({
      urls: site.all("ingest").map(({ url }) => url),
      rooms: this.rooms,
      token: tokenFor("faults"),
      perSecond: PER_SECOND,
    });
  }

  /** Every viewer is in its room and gets what is said there. */
  async warm(): Promise<void> {
    const isWarm = await holds(() => this.viewers.every(({ isIn, count }) => isIn && count >= WARM_RECORDS));
    if (!isWarm) throw new Error(`no viewer gets anything even before the fault: ${this.describe()}`);
    this.mark();
  }

  /** Silence is counted from now. */
  mark(): void {
    this.from = performance.now();
  }

  /** Silence is counted up to now; loss and order go on to be. */
  seal(): void {
    this.sealedAt = performance.now();
  }

  /** That viewers have had, all of them together. */
  get connections(): number {
    return this.viewers.reduce((sum, viewer) => sum + viewer.connections, 0);
  }

  /** Every viewer has something that was acknowledged after now. */
  async delivers(patienceMs = PATIENCE_MS): Promise<boolean> {
    const now = performance.now();
    const { acked } = this.publishing;
    let looked = acked.length;
    const fresh = new Map<string, number>();
    const isFresh = (): boolean => {
      for (; looked < acked.length; looked += 1) {
        const one = acked[looked];
        if (one !== undefined && one.at > now && !fresh.has(one.room)) fresh.set(one.room, one.seq);
      }
      return this.viewers.every(({ room, last }) => last >= (fresh.get(room) ?? Infinity));
    };
    const isDelivered = await holds(isFresh, patienceMs);
    if (!isDelivered) this.troubles.push(`delivery did not resume: ${this.describe()}`);
    return isDelivered;
  }

  /** Ends the load, waits until everything is where it has to be, and judges. */
  async verdict(): Promise<Outcome> {
    const { publishing, viewers } = this;
    publishing.stop();
    this.sealedAt = Math.min(this.sealedAt, performance.now());
    if (!(await holds(() => publishing.unanswered === 0)))
      this.troubles.push(`${publishing.unanswered} sends were never answered`);
    await holds(() => viewers.every((viewer) => viewer.last >= publishing.lastSeq(viewer.room)));
    this.troubles.push(...publishing.refused);
    const archives = await this.archives();
    const sights = viewers.map(({ sight }) => sight);
    const counts = judge(publishing.acked, sights, archives);
    for (const viewer of viewers) await viewer[Symbol.asyncDispose]();
    await this.checkLedgers();
    return {
      ...counts,
      silenceMs: longestSilence(sights, this.from, this.sealedAt),
      acknowledged: publishing.acked.length,
      retries: publishing.retries,
      troubles: this.troubles,
    };
  }

  describe(): string {
    const rooms = this.rooms.map((room) => {
      const heads = this.viewers.filter((viewer) => viewer.room === room).map(({ last }) => last % 2 ** 40);
      return `${room}: acknowledged ${this.publishing.lastSeq(room) % 2 ** 40}, viewers at ${heads.join(", ")}`;
    });
    return rooms.join("; ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.publishing[Symbol.asyncDispose]();
    await Promise.all(this.viewers.map((viewer) => viewer[Symbol.asyncDispose]()));
  }

  /** Of each room, once its last acknowledged record is in it. */
  private async archives(): Promise<ReadonlyMap<string, readonly Archived[]>> {
    const archives = new Map<string, readonly Archived[]>();
    const { url } = this.site.one("ingest");
    const until = performance.now() + PATIENCE_MS;
    for (const room of this.rooms) {
      const last = this.publishing.lastSeq(room);
      for (;;) {
        let found: readonly Archived[] = [];
        try {
          found = await wholeHistory(url, room);
        } catch (error) {
          if (performance.now() > until) throw error;
        }
        archives.set(room, found);
        if ((found.at(-1)?.seq ?? 0) >= last || performance.now() > until) break;
        await sleep(LOOK_EVERY_MS * 10);
      }
    }
    return archives;
  }

  private async checkLedgers(): Promise<void> {
    for (const gateway of this.site.all("gateway")) {
      try {
        assertLedger(await ledgerOf(gateway.url), { records: gateway.received }, { lossy: true });
      } catch (error) {
        this.troubles.push(`${gateway.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

const rotated = <T>(all: readonly T[], by: number): readonly T[] =>
  all.map((_, i) => all[(i + by) % all.length] as T);
