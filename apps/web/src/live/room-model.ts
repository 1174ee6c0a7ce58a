import { connect } from "@barrage/client";
import type { ConnectionState, RoomConnection, SeenItem } from "@barrage/client";
import { systemClock } from "@barrage/kernel";
import type { Author, MergedCount, RoomView, SampleRate } from "@barrage/protocol";
import type { Identity } from "../identity/viewer.ts";
import { Store } from "../parts/store.ts";
import { appendRows, authorOf, isRecalled, recountRows, ROWS_MAX, rowOf } from "./rows.ts";
import type { Row, Superchat } from "./rows.ts";

/** Cards pinned at once (a count): what fits above the film of a phone. */
const CARDS_MAX = 5;

/** How long a rate stands that no other one replaces, ms: it is told once a second. */
const RATE_MS = 3_000;

export interface Card {
  readonly record: Superchat;
  /** On the monotonic clock, ms. */
  readonly until: number;
}

/** Everything the page knows of its room. The connection fills it; components watch the parts they show. */
export class RoomModel {
  readonly connection: RoomConnection;
  readonly state: Store<ConnectionState>;
  readonly room = new Store<RoomView | undefined>(undefined);
  readonly you = new Store<Author | null>(null);
  readonly viewers = new Store(0);
  readonly contentMax = new Store(100);
  readonly rows = new Store<readonly Row[]>([]);
  /** The rows as they were when someone began to read further up; what is recalled leaves them too. */
  readonly held = new Store<readonly Row[] | undefined>(undefined);
  readonly cards = new Store<readonly Card[]>([]);
  /** Likes seen since the page was opened; hearts float when it grows. */
  readonly likes = new Store(0);
  /** How many of the danmaku of a second are shown, while not all are. */
  readonly rate = new Store<SampleRate | undefined>(undefined);
  /** Gets every count that has grown; set by the film. */
  onMerged: ((count: MergedCount) => void) | undefined;
  /** Gets every record; set by the film. */
  onRecord: ((item: SeenItem) => void) | undefined;
  #fresh: Row[] = [];
  #counts = new Map<number, number>();
  #rateUntil = 0;
  #frame: number | undefined;
  #gaps = 0;
  readonly #leave: readonly (() => void)[];

  constructor(server: string, room: string, identity: Identity) {
    const { token } = identity.viewer.value;
    this.connection = connect({
      url: server,
      room,
      refreshToken: () => identity.renew(),
      ...(token === undefined ? {} : { token }),
    });
    this.state = new Store(this.connection.state);
    this.#leave = [...this.#subscribe(), this.#follow(identity), wakeUp(this.connection)];
  }

  close(): void {
    for (const leave of this.#leave) leave();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.connection.close();
  }

  /** The place in the film, which all viewers of a room share. */
  filmMs(): number {
    return this.connection.serverNow();
  }

  /** A room that fell silent tells no rate that would replace the last one. */
  dropRate(): void {
    if (this.#rateUntil <= systemClock.now()) this.rate.set(undefined);
  }

  dropCards(): void {
    const now = systemClock.now();
    const left = this.cards.value.filter(({ until }) => until > now);
    if (left.length < this.cards.value.length) this.cards.set(left);
  }

  #subscribe(): (() => void)[] {
    const { connection } = this;
    return [
      connection.on("state", (state) => this.state.set(state)),
      connection.on("room", (room) => this.room.set(room)),
      connection.on("viewers", (viewers) => this.viewers.set(viewers)),
      connection.on("snapshot", ({ you, limits }) => {
        this.you.set(you);
        this.contentMax.set(limits.content_max);
      }),
      connection.on("gap", (gap) => {
        this.#gaps += 1;
        // What the room shows nobody is told by its rate, once a second, not by a line for each batch.
        if (gap.count !== 0 && gap.reason !== "sampled")
          this.#add({ key: `gap ${this.#gaps}`, kind: "gap", gap });
      }),
      connection.on("item", (item) => this.#take(item)),
      connection.on("merged", (count) => this.#recount(count)),
      connection.on("rate", (rate) => {
        this.rate.set(rate.shown < rate.of ? rate : undefined);
        this.#rateUntil = systemClock.now() + RATE_MS;
      }),
    ];
  }

  /** A viewer who joins or leaves comes with another token. */
  #follow(identity: Identity): () => void {
    let { token } = identity.viewer.value;
    return identity.viewer.watch(() => {
      const next = identity.viewer.value.token;
      if (next === token) return;
      token = next;
      this.connection.setToken(next);
    });
  }

  #take(item: SeenItem): void {
    if (item.kind === "recall") {
      this.#flush();
      const isKept = (row: Row): boolean => !("record" in row) || !isRecalled(row.record, item);
      this.rows.set(this.rows.value.filter(isKept));
      this.held.set(this.held.value?.filter(isKept));
      this.cards.set(this.cards.value.filter(({ record }) => !isRecalled(record, item)));
    }
    if (item.kind === "like" && !item.past) this.likes.set(this.likes.value + item.count);
    if (item.kind === "superchat") this.#pin(item);
    const row = rowOf(item);
    if (row !== undefined && !(item.past && authorOf(row) === undefined)) this.#add(row);
    this.onRecord?.(item);
  }

  #pin(record: Superchat): void {
    const age = Math.max(0, this.connection.serverNow() - record.at);
    const until = systemClock.now() + record.pin_ms - age;
    if (until <= systemClock.now()) return;
    this.cards.set([...this.cards.value, { record, until }].slice(-CARDS_MAX));
  }

  #recount(merged: MergedCount): void {
    this.#counts.set(merged.seq, merged.count);
    this.#frame ??= requestAnimationFrame(() => this.#flush());
    this.onMerged?.(merged);
  }

  /** Lines are shown once a frame, however many came: a busy room must not cost a drawing each. */
  #add(row: Row): void {
    this.#fresh.push(row);
    if (this.#fresh.length > 2 * ROWS_MAX) this.#fresh = this.#fresh.slice(-ROWS_MAX);
    this.#frame ??= requestAnimationFrame(() => this.#flush());
  }

  #flush(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.rows.set(recountRows(appendRows(this.rows.value, this.#fresh), this.#counts));
    if (this.held.value !== undefined) this.held.set(recountRows(this.held.value, this.#counts));
    this.#fresh = [];
    this.#counts.clear();
  }
}

/** A device that is online or looked at again need not wait for the next attempt. */
function wakeUp(connection: RoomConnection): () => void {
  const retry = (): void => {
    if (document.visibilityState === "visible") connection.retryNow();
  };
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", retry);
  return () => {
    removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", retry);
  };
}
