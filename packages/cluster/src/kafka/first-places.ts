import type { LogPartition } from "@barrage/engine";
import { unlessCancelled } from "@barrage/kernel";
import type { Context, Scope } from "@barrage/kernel";

/** Records that are asked for at once. */
const PAGE = 1_000;

/** A record as it was stored now, under an id that may have been stored before. */
export interface StoredAgain {
  readonly room: string;
  readonly id: string;
  readonly seq: number;
}

interface Question {
  readonly stored: StoredAgain;
  /** The lowest place of its id that was found. */
  first: number;
  readonly resolve: (seq: number) => void;
  readonly reject: (error: unknown) => void;
}

const nameOf = (room: string, id: string): string => `${room}\n${id}`;

/**
 * Where records of one partition stand that were perhaps stored before: readers are given the first one (KL-7), so its
 * place is the answer.
 *
 * Shape      one look into the partition at a time; whoever asks meanwhile is answered by the next one together.
 * Bounds     a question per append under way.
 * Cost       a look reads the `horizon` records before the first one asked for; only retries of what nobody knew ask.
 * Errors     those of the partition.
 */
export class FirstPlaces {
  private readonly partition: Pick<LogPartition, "read">;
  private readonly horizon: number;
  private readonly scope: Scope;
  private questions: Question[] = [];
  private isLooking = false;

  constructor(partition: Pick<LogPartition, "read">, horizon: number, scope: Scope) {
    this.partition = partition;
    this.horizon = horizon;
    this.scope = scope;
  }

  /** The place that readers are given it at. */
  find(stored: StoredAgain, ctx: Context): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.questions.push({ stored, first: stored.seq, resolve, reject });
    if (!this.isLooking) {
      this.isLooking = true;
      this.scope.spawn((own) => this.look(own), { name: "first places" });
    }
    return unlessCancelled(promise, ctx);
  }

  private async look(ctx: Context): Promise<void> {
    while (this.questions.length > 0) {
      const { questions } = this;
      this.questions = [];
      try {
        await this.answer(questions, ctx);
        for (const { first, resolve } of questions) resolve(first);
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    this.isLooking = false;
  }

  private async answer(questions: readonly Question[], ctx: Context): Promise<void> {
    const wanted = Map.groupBy(questions, ({ stored }) => nameOf(stored.room, stored.id));
    const seqs = questions.map(({ stored }) => stored.seq);
    const end = Math.max(...seqs);
    for (let after = Math.max(0, Math.min(...seqs) - this.horizon - 1); after < end;) {
      const records = await this.partition.read(after, PAGE, ctx);
      for (const { room, entry, seq } of records) {
        for (const question of wanted.get(nameOf(room, entry.id)) ?? []) {
          const isWithin = question.stored.seq - seq <= this.horizon;
          if (isWithin && seq < question.first) question.first = seq;
        }
      }
      after = records.at(-1)?.seq ?? end;
    }
  }
}
