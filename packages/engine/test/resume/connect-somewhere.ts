import { barrageV1, jsonText } from "@barrage/engine";
import type { LocalGateway } from "../../src/gateway/gateway.ts";
import type { CheckedViewer } from "./checked-viewer.ts";
import { NarrowSocket } from "./narrow-socket.ts";

/** A socket and the gateway, by its place, that it is connected to. */
export interface PlacedSocket {
  readonly gateway: number;
  readonly socket: NarrowSocket;
}

/** The viewer comes, or comes back with its last seq, at one of the gateways, in one of two protocols. */
export function connectSomewhere(
  viewer: CheckedViewer,
  gateways: readonly LocalGateway[],
  random: () => number,
): PlacedSocket {
  const gateway = Math.floor(random() * gateways.length);
  const socket = new NarrowSocket();
  const { last } = viewer;
  viewer.begin(socket);
  socket.connection = gateways[gateway]?.connect({
    room: viewer.room,
    principal: null,
    address: "192.0.2.1",
    transport: socket,
    encoding: random() < 0.5 ? jsonText : barrageV1,
    ...(last === undefined ? {} : { since: last }),
  });
  return { gateway, socket };
}
