import { connect } from "node:net";

/** A reply of Redis: errors are thrown, so none of these is one. */
export type Reply = string | number | null | readonly Reply[];

interface Parsed {
  readonly value: Reply | Error;
  readonly next: number;
}

/** The reply that starts at `at`, or undefined while it is not complete. */
function parse(text: string, at: number): Parsed | undefined {
  const end = text.indexOf("\r\n", at);
  if (end < 0) return undefined;
  const line = text.slice(at + 1, end);
  const next = end + 2;
  switch (text[at]) {
    case "+":
      return { value: line, next };
    case "-":
      return { value: new Error(line), next };
    case ":":
      return { value: Number(line), next };
    case "$": {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      if (text.length < next + length + 2) return undefined;
      return { value: text.slice(next, next + length), next: next + length + 2 };
    }
    case "*":
      return parseList(text, next, Number(line));
    default:
      return { value: new Error(`no reply of Redis: ${line}`), next };
  }
}

function parseList(text: string, from: number, count: number): Parsed | undefined {
  const values: Reply[] = [];
  let next = from;
  for (let i = 0; i < count; i++) {
    const part = parse(text, next);
    if (part === undefined) return undefined;
    if (part.value instanceof Error) return part;
    values.push(part.value);
    next = part.next;
  }
  return { value: values, next };
}

const encode = (words: readonly (string | number)[]): string =>
  `*${words.length}\r\n` +
  words.map((word) => `$${Buffer.byteLength(String(word))}\r\n${String(word)}\r\n`).join("");

/** A Redis server of this machine. */
export interface RedisAddress {
  readonly port: number;
  readonly password?: string | undefined;
}

/** How long a server has for its answer, ms. */
const ANSWER_MS = 2_000;

/**
 * One command to one Redis server over a connection of its own: no client library is needed, and it asks a node what a
 * client of the cluster would hide.
 *
 * Shape      Latin-1 text both ways; made for commands about the cluster, not for payloads.
 * Errors     what the server refused, a connection that failed, or no answer within two seconds.
 */
export function askRedis(
  { port, password }: RedisAddress,
  words: readonly (string | number)[],
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const socket = connect({ host: "127.0.0.1", port });
  const greeting = password === undefined ? [] : [["AUTH", password]];
  let waiting = greeting.length;
  let text = "";
  const fail = (error: Error): void => {
    socket.destroy();
    reject(error);
  };
  const answered = (reply: Reply): void => {
    resolve(reply);
    socket.destroy();
  };
  socket.setEncoding("latin1");
  socket.setTimeout(ANSWER_MS, () => fail(new Error(`Redis on port ${port} does not answer`)));
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`Redis on port ${port} closed the connection`)));
  socket.on("connect", () => socket.write([...greeting, words].map(encode).join("")));
  socket.on("data", (chunk: string) => {
    text += chunk;
    for (;;) {
      const parsed = parse(text, 0);
      if (parsed === undefined) return;
      if (parsed.value instanceof Error) return fail(parsed.value);
      text = text.slice(parsed.next);
      if (waiting === 0) return answered(parsed.value);
      waiting -= 1;
    }
  });
  return promise;
}
