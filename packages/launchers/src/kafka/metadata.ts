import { once } from "node:events";
import { connect } from "node:net";

const METADATA_KEY = 3;
const METADATA_VERSION = 1;

/** What one broker says of its cluster. */
export interface ClusterView {
  readonly brokers: number;
  /** -1 while none is known. */
  readonly controller: number;
}

/**
 * Asks a broker which brokers are alive, by one Metadata request without topics.
 * Undefined when it does not answer; the reason does not matter to somebody who waits until it does.
 */
export async function askMetadata(port: number, timeoutMs: number): Promise<ClusterView | undefined> {
  const socket = connect({ port, host: "127.0.0.1", timeout: timeoutMs });
  socket.on("timeout", () => socket.destroy(new Error("no answer")));
  try {
    await once(socket, "connect");
    socket.write(metadataRequest());
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) return parse(answer.subarray(8));
    }
    return undefined;
  } catch {
    // Refused, reset or silent: not ready yet.
    return undefined;
  } finally {
    socket.destroy();
  }
}

function metadataRequest(): Buffer {
  const client = Buffer.from("launcher");
  const body = Buffer.alloc(2 + 2 + 4 + 2 + client.length + 4);
  let at = body.writeInt16BE(METADATA_KEY, 0);
  at = body.writeInt16BE(METADATA_VERSION, at);
  at = body.writeInt32BE(1, at); // correlation id
  at = body.writeInt16BE(client.length, at);
  at += client.copy(body, at);
  body.writeInt32BE(0, at); // no topics
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

/** Brokers (id, host, port, rack), then the controller's id. */
function parse(body: Buffer): ClusterView {
  const brokers = body.readInt32BE(0);
  let at = 4;
  for (let i = 0; i < brokers; i++) {
    at += 4;
    at += 2 + body.readInt16BE(at);
    at += 4;
    at += 2 + Math.max(0, body.readInt16BE(at));
  }
  return { brokers, controller: body.readInt32BE(at) };
}
