import { stateFromJson, stateToJson } from "@barrage/engine";
import type { RoomCatalog, RoomState } from "@barrage/engine";
import type { Context, Scope } from "@barrage/kernel";
import { LayeredCache } from "../../cache/layered-cache.ts";
import type { CacheBounds, CacheFigures } from "../../cache/layered-cache.ts";
import type { SharedLayer } from "../../cache/shared-layer.ts";

/** What the catalogue says of rooms that nothing else knows, behind memory and a layer that processes share. */
export class CatalogCache {
  private readonly cache: LayeredCache<object>;

  constructor(
    catalog: Pick<RoomCatalog, "find">,
    parts: {
      readonly scope: Scope;
      readonly shared?: SharedLayer<object>;
      readonly bounds?: Partial<CacheBounds>;
    },
  ) {
    this.cache = new LayeredCache<object>({
      ...parts,
      load: async (room, ctx) => {
        const found = await catalog.find(room, ctx);
        return found === undefined ? undefined : stateToJson(found.state);
      },
    });
  }

  get figures(): CacheFigures {
    return this.cache.figures;
  }

  async find(room: string, ctx: Context): Promise<RoomState | undefined> {
    return stateFromJson(await this.cache.get(room, ctx));
  }
}

/** What lies in the shared layer, as `RedisLayer` has it checked. */
export function decodeCatalogued(value: unknown): object {
  const state = stateFromJson(value);
  if (state === undefined) throw new SyntaxError("the cache holds something that is no room state");
  return stateToJson(state);
}
