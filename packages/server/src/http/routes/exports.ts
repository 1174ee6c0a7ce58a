import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { BarrageJsonWriter, bilibiliHeader, BilibiliXmlWriter, writeAss } from "@barrage/files";
import type { RoomDirectory } from "@barrage/engine";
import type { Context } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import type { Item, RoomSummary } from "@barrage/protocol";
import type { HttpParts } from "../call.ts";
import { ASS_ITEMS_MAX } from "../limits.ts";
import { Refusal, RoomParams } from "../schemas.ts";
import { requireRoom } from "./rooms.ts";

type Pages = AsyncIterable<readonly Item[]>;
type Write = (room: { readonly id: string; readonly title: string }, pages: Pages) => AsyncIterable<string>;

interface Format {
  readonly extension: string;
  readonly type: string;
  readonly summary: string;
  readonly write: Write;
}

async function* json(room: { readonly id: string }, pages: Pages): AsyncIterable<string> {
  const writer = new BarrageJsonWriter();
  yield writer.open(room.id);
  for await (const page of pages) yield page.map((item) => writer.item(item)).join("");
  yield writer.close();
}

async function* xml(room: { readonly id: string }, pages: Pages): AsyncIterable<string> {
  const writer = new BilibiliXmlWriter();
  yield writer.open(bilibiliHeader(room.id));
  for await (const page of pages) yield page.map((item) => writer.item(item)).join("");
  yield writer.close();
}

/** Lanes are dealt over the whole script, so this one is made in memory, up to a limit. */
async function* ass({ title }: { readonly title: string }, pages: Pages): AsyncIterable<string> {
  const items: Item[] = [];
  for await (const page of pages) {
    items.push(...page.filter(({ kind }) => kind === "danmaku"));
    if (items.length > ASS_ITEMS_MAX)
      throw protocolError("BARRAGE_BAD_REQUEST", {
        detail: `an ASS script may have at most ${ASS_ITEMS_MAX} danmaku; export JSON or XML`,
      });
  }
  yield writeAss(items, { title }).ass;
}

const FORMATS: readonly Format[] = [
  {
    extension: "json",
    type: "application/json; charset=utf-8",
    summary: "All records as JSON; loses nothing",
    write: json,
  },
  {
    extension: "xml",
    type: "application/xml; charset=utf-8",
    summary: "Danmaku and paid records as Bilibili XML",
    write: xml,
  },
  {
    extension: "ass",
    type: "text/x-ssa; charset=utf-8",
    summary: "Danmaku as an ASS subtitle script",
    write: ass,
  },
];

/** All of a room's history, page by page, as fast as it is taken. */
async function* pagesOf(rooms: RoomDirectory, room: string, ctx: Context): Pages {
  let after = 0;
  for (;;) {
    const { items, next } = await rooms.page(room, after, ctx);
    if (items.length > 0) yield items;
    if (next === undefined) return;
    after = next;
  }
}

/** The same sequence with its first part read already, so that a failure still gets a status of its own. */
async function begun<T>(source: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* rest() {
    try {
      for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  })();
}

async function streamOf(room: RoomSummary, write: Write, pages: Pages): Promise<Readable> {
  const pieces = await begun(write(room, await begun(pages)));
  // The stream reads on only as fast as the client takes what it has.
  return Readable.from(pieces, { objectMode: false });
}

/** `GET /api/v1/rooms/:id/danmu.{json,xml,ass}`: a room's whole history as a file, streamed. */
export function exportRoutes(app: FastifyInstance, parts: HttpParts): void {
  for (const { extension, type, summary, write } of FORMATS) {
    app.get<{ Params: { id: string } }>(`/api/v1/rooms/:id/danmu.${extension}`, {
      config: { untimed: true },
      schema: {
        summary,
        tags: ["history"],
        params: RoomParams,
        response: {
          200: { description: "The file.", content: { [type]: { schema: { type: "string" } } } },
          "4xx": Refusal,
          "5xx": Refusal,
        },
      },
      async handler(request, reply) {
        const { ctx } = request.call;
        const room = await requireRoom(parts, request.params.id, ctx);
        const stream = await streamOf(room, write, pagesOf(parts.engine.rooms, room.id, ctx));
        reply.type(type).header("content-disposition", `attachment; filename="${room.id}.${extension}"`);
        return reply.send(stream);
      },
    });
  }
}
