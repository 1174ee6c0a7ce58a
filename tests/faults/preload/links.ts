/**
 * Loaded before a role's program: its connections go where the file FAULTS_LINKS says, `{"<port>": <port of a proxy>}`,
 * as it is when the connection is made. So the links of one process can be broken, and no server has to know.
 */
import { existsSync, readFileSync } from "node:fs";
import { Socket } from "node:net";

const file = process.env["FAULTS_LINKS"] ?? "";

interface Place {
  port?: number;
}

function redirected(port: number | undefined): number | undefined {
  if (port === undefined || !existsSync(file)) return port;
  const links = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, number>>;
  return links[String(port)] ?? port;
}

/** A place to connect to is an object, or the first of the list that `net.connect` makes of its arguments. */
function placeIn(first: unknown): Place | undefined {
  const place: unknown = Array.isArray(first) ? first[0] : first;
  return typeof place === "object" && place !== null && "port" in place ? (place as Place) : undefined;
}

const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const place = placeIn(args[0]);
  const port = redirected(place?.port);
  if (place !== undefined && port !== undefined) place.port = port;
  return connect.apply(this, args);
};
