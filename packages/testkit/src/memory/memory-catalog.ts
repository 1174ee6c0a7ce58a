import type {
  Archive,
  CataloguedRoom,
  CatalogWrite,
  CatalogWriter,
  RoomCatalog,
  RoomState,
} from "@barrage/engine";
import type { Context } from "@barrage/kernel";

/** A `RoomCatalog` beside an archive, both of which live as long as the test. */
export class MemoryCatalog implements RoomCatalog, CatalogWriter {
  /** While true writes fail, before anything of them is there. */
  isBroken = false;
  private readonly rooms = new Map<string, CataloguedRoom>();
  private readonly archive: Pick<Archive, "write">;

  constructor(archive: Pick<Archive, "write">) {
    this.archive = archive;
  }

  find(room: string): Promise<CataloguedRoom | undefined> {
    return Promise.resolve(this.rooms.get(room));
  }

  list(limit: number): Promise<readonly RoomState[]> {
    const open = [...this.rooms.values()].map(({ state }) => state).filter(({ closed }) => !closed);
    return Promise.resolve(open.toSorted((one, other) => other.head.seq - one.head.seq).slice(0, limit));
  }

  ids(after: string, limit: number): Promise<readonly string[]> {
    const ids = [...this.rooms.keys()].toSorted();
    return Promise.resolve(ids.filter((id) => id > after).slice(0, limit));
  }

  async live(after: string, limit: number): Promise<readonly string[]> {
    const ids = await this.ids(after, this.rooms.size);
    const isLive = (id: string): boolean => {
      const state = this.rooms.get(id)?.state;
      return state !== undefined && state.live && !state.closed;
    };
    return ids.filter(isLive).slice(0, limit);
  }

  async writeAll({ items, rooms }: CatalogWrite, ctx: Context): Promise<void> {
    ctx.throwIfCancelled();
    if (this.isBroken) throw new Error("the catalogue is away");
    await this.archive.write(items, ctx);
    for (const room of rooms) {
      const { id } = room.state;
      if (room.seq > (this.rooms.get(id)?.seq ?? 0)) this.rooms.set(id, room);
    }
  }
}
