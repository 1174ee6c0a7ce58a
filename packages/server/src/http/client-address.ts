import type { IncomingMessage } from "node:http";
import proxyAddr from "proxy-addr";

export type AddressOf = (request: IncomingMessage) => string;

const plain = (address: string): string =>
  address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;

/** The client's address: the socket's, or what the configured proxies, and only they, say of it. */
export function clientAddress(trustedProxies: readonly string[]): AddressOf {
  const trust = proxyAddr.compile([...trustedProxies]);
  return (request) => plain(proxyAddr(request, trust));
}

const FORWARDING_HEADERS = ["x-forwarded-for", "forwarded", "x-real-ip"] as const;

/** True for a program on this machine that speaks to the server itself: a proxy here forwards for others. */
export function isLocalPeer(request: IncomingMessage): boolean {
  const address = plain(request.socket.remoteAddress ?? "");
  const isLoopback = address === "::1" || address.startsWith("127.");
  return isLoopback && FORWARDING_HEADERS.every((name) => request.headers[name] === undefined);
}
