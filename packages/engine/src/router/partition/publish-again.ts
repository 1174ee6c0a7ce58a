import type { Context } from "@barrage/kernel";
import type { Batch, Feed, RecentWindow } from "../../ports/index.ts";
import { partsOf } from "../../room/batch-parts.ts";

/** What the window has of a room after `after`, on the feed once more: gateways drop what they had. */
export async function publishAgain(
  { window, feed }: { readonly window: Pick<RecentWindow, "read">; readonly feed: Pick<Feed, "publish"> },
  room: string,
  after: number,
  ctx: Context,
): Promise<void> {
  const { items, head } = await window.read(room, after, Number.POSITIVE_INFINITY, ctx);
  let prev = await headAt(
    window,
    room,
    { after, items: items.length, first: items[0]?.seq ?? head.seq },
    ctx,
  );
  const parts = [...partsOf(items)];
  for (const [i, part] of parts.entries()) {
    // Of recalled records at the end only their places are left.
    const seq = i === parts.length - 1 ? head.seq : (part.at(-1)?.seq ?? head.seq);
    const batch: Batch = { room, prev: items.length === 0 ? head.seq : prev, seq, items: part };
    await feed.publish(batch, ctx);
    prev = seq;
  }
}

/** seq of the room's last record up to `after`; where nobody knows it, a place after it with nothing in between. */
async function headAt(
  window: Pick<RecentWindow, "read">,
  room: string,
  { after, items, first }: { readonly after: number; readonly items: number; readonly first: number },
  ctx: Context,
): Promise<number> {
  const slice = await window.read(room, 0, items + 1, ctx);
  const before = slice.items.findLast(({ seq }) => seq <= after);
  return Math.min(before?.seq ?? Math.max(slice.floor.seq, 0), first - 1);
}
