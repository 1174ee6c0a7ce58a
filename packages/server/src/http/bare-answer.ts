import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { protocolError } from "@barrage/protocol";
import type { BarrageError } from "@barrage/protocol";
import { answerOf } from "./error-answer.ts";

const errorOf = (code: string | undefined): BarrageError =>
  code === "HPE_HEADER_OVERFLOW"
    ? protocolError("BARRAGE_HEADERS_TOO_LARGE")
    : protocolError("BARRAGE_BAD_REQUEST", { detail: "it is not HTTP, or came too slowly" });

/** Answers what never became a request (broken HTTP, headers over the limit) in the one shape, and closes. */
export function answerBare(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = answerOf(errorOf(error.code));
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(text)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${text}`);
}
