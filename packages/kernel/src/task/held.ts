import { LockNote } from "./lock-note.ts";
import { currentRecord, probe } from "./probe.ts";
import type { TaskRecord } from "./task-record.ts";

/** That a task holds a lock, until it is given back. */
export interface Held {
  readonly note: LockNote;
  readonly holder: TaskRecord | undefined;
}

/** Who holds one lock, noted only while tools are on. */
export class Holding {
  private readonly name: string;
  private made: LockNote | undefined = undefined;

  constructor(name: string) {
    this.name = name;
  }

  get note(): LockNote | undefined {
    return probe === undefined ? undefined : (this.made ??= new LockNote(this.name));
  }

  take(holder: TaskRecord | undefined): Held | undefined {
    const { note } = this;
    if (note === undefined) return undefined;
    note.acquired(holder);
    return { note, holder };
  }
}

export function giveBack(held: Held | undefined): void {
  held?.note.released(held.holder, currentRecord());
}
