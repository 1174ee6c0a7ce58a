import type { AuditEvent, AuditLog, Checkpoint, RoomState, RoomStore } from "@barrage/engine";

/** A `RoomStore` that lives as long as the test. */
export class MemoryRoomStore implements RoomStore {
  private readonly rooms = new Map<string, RoomState>();
  private seq = 0;

  load(): Promise<Checkpoint> {
    return Promise.resolve({ seq: this.seq, rooms: [...this.rooms.values()] });
  }

  save({ seq, rooms }: Checkpoint): Promise<void> {
    this.seq = seq;
    for (const room of rooms) this.rooms.set(room.id, room);
    return Promise.resolve();
  }
}

/** An `AuditLog` that lives as long as the test. */
export class MemoryAuditLog implements AuditLog {
  private readonly events: AuditEvent[] = [];

  record(event: AuditEvent): Promise<void> {
    this.events.push(event);
    return Promise.resolve();
  }

  list(room: string, limit: number): Promise<readonly AuditEvent[]> {
    return Promise.resolve(
      this.events
        .filter((event) => event.room === room)
        .reverse()
        .slice(0, limit),
    );
  }
}
