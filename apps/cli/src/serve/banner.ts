import { renderUnicodeCompact } from "uqr";

export interface BannerFacts {
  /** Address on this machine. */
  readonly url: string;
  /** Addresses for other devices; empty when only this machine can reach the server. */
  readonly networkUrls: readonly string[];
  readonly dataFolder: string;
  /** Of a cluster; absent where the server is whole by itself. */
  readonly role?: string | undefined;
  /** Present while the demo runs. */
  readonly demoRoom?: string | undefined;
  /** The development issuer's key; absent in production. */
  readonly devKey: string | undefined;
  /** Gateway processes, and how they share the port; absent where there is one process. */
  readonly workers?: { readonly count: number; readonly reusePort: boolean } | undefined;
  /** Does a person watch? Then with colours left out all the same, but with a QR code. */
  readonly isInteractive: boolean;
}

const row = (label: string, text: string): string => `  ${label.padEnd(12)} ${text}`;

const workersText = ({ count, reusePort }: NonNullable<BannerFacts["workers"]>): string =>
  `${count} gateway ${count === 1 ? "process" : "processes"} and an owner; ` +
  `the port is shared ${reusePort ? "by the kernel" : "by one listener"}`;

/** What a person needs to know once the server listens. The first line is the address: scripts read it. */
export function bannerLines(facts: BannerFacts): string[] {
  const { url, networkUrls, demoRoom, devKey } = facts;
  const page = demoRoom === undefined ? "" : `/live/${demoRoom}`;
  const { role } = facts;
  const kept = role === undefined ? row("data folder", facts.dataFolder) : row("role", role);
  const lines = [`Barrage listens on ${url}`, kept];
  if (facts.workers !== undefined) lines.push(row("workers", workersText(facts.workers)));
  if (demoRoom !== undefined)
    lines.push(row("demo room", `${url}${page}  (a synthetic crowd; --no-demo turns it off)`));
  if (devKey !== undefined) {
    lines.push(row("moderator", `${url}${page === "" ? "/" : page}#key=${devKey}`));
    lines.push(row("", "whoever has this link has every right here: development only"));
  }
  const [first] = networkUrls;
  if (first !== undefined) {
    lines.push(row("network", `other devices of this network can reach it: ${networkUrls.join(" ")}`));
    if (facts.isInteractive)
      lines.push(...renderUnicodeCompact(`${first}${page}`, { border: 2 }).split("\n"));
  }
  lines.push(row("stop", facts.isInteractive ? "Ctrl+C" : "SIGTERM or SIGINT"));
  return lines;
}
