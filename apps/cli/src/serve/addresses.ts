import type { NetworkInterfaceInfo } from "node:os";

const LOOPBACK = new Set(["127.0.0.1", "::1", "localhost"]);
const EVERY = new Set(["0.0.0.0", "::"]);

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Addresses at which other devices may find a server that listens on `host`; none for a loopback host. */
export function networkAddresses(host: string, interfaces: Interfaces): readonly string[] {
  if (LOOPBACK.has(host)) return [];
  if (!EVERY.has(host)) return [host];
  return Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

/** An address as a URL has it: IPv6 in brackets. */
const inUrl = (address: string): string => (address.includes(":") ? `[${address}]` : address);

export const urlOf = (scheme: "http" | "https", address: string, port: number): string =>
  `${scheme}://${inUrl(address)}:${port}`;

/** Where the machine itself reaches a server that listens on `host`. */
export const localAddress = (host: string): string => (EVERY.has(host) ? "127.0.0.1" : host);
