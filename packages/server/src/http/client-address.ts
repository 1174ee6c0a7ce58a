import type { IncomingMessage } from "node:http";
import proxyAddr from "proxy-addr";

export type AddressOf = (request: IncomingMessage) => string;

const plain = (address: string): string =>
  address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;

/** Stands for the address of a client that is gone already: nothing that is sent to it arrives. */
const GONE = "gone";

/** The client's address: the socket's, or what the configured proxies, and only they, say of it. */
export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    // Of a client that has reset its connection meanwhile the system no longer knows an address.
    const found = proxyAddr(request, trust) as string | undefined;
    return plain(found ?? GONE);
  };
}

const FORWARDING_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip"] as const;

/** True for a program on this machine that speaks to the server itself: a proxy here forwards for others. */
export function isLocalPeer(request: IncomingMessage): boolean {
  const address = plain(request.socket.remoteAddress ?? "");
  const isLoopback = address === "::1" || address.startsWith("127.");
  return isLoopback && FORWARDING_HEADERS.every((name) => request.headers[name] === undefined);
}
