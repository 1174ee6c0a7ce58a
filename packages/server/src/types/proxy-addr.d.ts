/** proxy-addr ships no types of its own. */
declare module "proxy-addr" {
  import type { IncomingMessage } from "node:http";

  type Trust = (address: string, hop: number) => boolean;

  interface ProxyAddr {
    /** The client's address: the first one, from the socket outwards, that is not trusted. */
    (request: IncomingMessage, trust: Trust): string;
    /** Throws for what is neither an address, a CIDR block nor one of the names loopback, linklocal, uniquelocal. */
    compile(addresses: readonly string[]): Trust;
  }

  const proxyAddr: ProxyAddr;
  export default proxyAddr;
}
