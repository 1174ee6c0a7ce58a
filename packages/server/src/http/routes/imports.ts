import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { parseBilibiliXml, parseJsonDanmaku } from "@barrage/files";
import type { FileContents } from "@barrage/files";
import { Semaphore } from "@barrage/kernel";
import { protocolError } from "@barrage/protocol";
import { textOf } from "../body-text.ts";
import { callerOf } from "../call.ts";
import type { HttpParts } from "../call.ts";
import { planImport } from "../import-rows.ts";
import { IMPORTS_AT_ONCE } from "../limits.ts";
import { answers, Imported, RoomParams, TOKEN_NEEDED } from "../schemas.ts";

const XML_TYPES = ["application/xml", "text/xml"];
const JSON_TYPES = ["application/json"];

async function readJson(pieces: AsyncIterable<string>): Promise<FileContents> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return parseJsonDanmaku(text);
}

const contentsOf = (type: string, pieces: AsyncIterable<string>): Promise<FileContents> =>
  XML_TYPES.some((xml) => type.startsWith(xml)) ? parseBilibiliXml(pieces) : readJson(pieces);

/** `POST /api/v1/rooms/:id/import`: a danmaku file becomes history of the room. In a plugin, for its own body parsers. */
export async function importRoutes(app: FastifyInstance, parts: HttpParts): Promise<void> {
  const { importLimitBytes } = parts.config.server;
  const slots = new Semaphore(IMPORTS_AT_ONCE);
  app.removeAllContentTypeParsers();
  // The stream is handed on unread: who may import is asked before a byte of the file is taken.
  app.addContentTypeParser([...XML_TYPES, ...JSON_TYPES], (_request, body, done) => done(null, body));

  app.post<{ Params: { id: string }; Body: Readable | undefined }>("/api/v1/rooms/:id/import", {
    config: { untimed: true },
    bodyLimit: importLimitBytes,
    schema: {
      summary: "Import a danmaku file as history (hosts and services)",
      description: "The body is a Bilibili XML file, Barrage's JSON export, or a list of {text, time}.",
      tags: ["history"],
      security: TOKEN_NEEDED,
      consumes: [...JSON_TYPES, ...XML_TYPES],
      params: RoomParams,
      response: answers(200, Imported),
    },
    async handler(request) {
      const caller = await callerOf(parts, request);
      const { role } = caller.principal;
      if (role !== "host" && role !== "service") throw protocolError("BARRAGE_FORBIDDEN", { role: "host" });
      const { body, call, params } = request;
      if (body === undefined) throw protocolError("BARRAGE_BAD_REQUEST", { detail: "there is no file" });
      using _slot = await slots.acquire(1, call.ctx);
      const type = request.headers["content-type"] ?? "";
      const contents = await contentsOf(type, textOf(body, importLimitBytes));
      const at = call.ctx.clock.wall();
      const plan = planImport(contents, {
        room: params.id,
        at,
        newId: parts.newId,
        mayPay: role === "service",
      });
      const imported = await parts.engine.publisher.import(caller, params.id, plan.requests, call.ctx);
      const repeated = plan.requests.length - imported;
      return { imported, repeated, skipped: plan.skipped, adjusted: plan.adjusted, places: plan.places };
    },
  });
}
