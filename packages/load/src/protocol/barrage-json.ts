import { loadError } from "../errors.ts";
import type { BarrageDialect } from "./barrage-dialect.ts";
import { batchHeader } from "./batch-header.ts";
import { knowingTheLast } from "./last-header.ts";
import { parseObject } from "./parse-object.ts";

const ACK = Buffer.from('{"type":"ack"');
const ERROR = Buffer.from('{"type":"error"');

/** JSON text frames. */
export const barrageJson: BarrageDialect = {
  messages: "text",
  ping: '{"type":"ping"}',
  danmu: (id, content) => JSON.stringify({ type: "danmu", content, client_msg_id: id }),
  header: knowingTheLast(batchHeader),
  answers: (bytes, start, end) => startsWith(bytes, start, end, ACK) || startsWith(bytes, start, end, ERROR),
  decode(payload) {
    const frame = parseObject(payload.toString());
    if (frame?.["type"] !== undefined) return frame;
    throw loadError("LOAD_BAD_STREAM", { what: "a frame that is no JSON object with a type" });
  },
};

const startsWith = (bytes: Buffer, start: number, end: number, what: Buffer): boolean =>
  bytes.compare(what, 0, what.length, start, Math.min(end, start + what.length)) === 0;
