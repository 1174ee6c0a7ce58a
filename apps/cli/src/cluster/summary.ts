import type { ServerAddresses } from "./cluster-config.ts";
import type { RolePlan } from "./local-cluster.ts";

export interface SummaryFacts {
  readonly roles: readonly (RolePlan & { readonly url: string })[];
  readonly servers: ServerAddresses;
  readonly devKey: string;
  readonly dir: string;
  readonly configFile: string;
  readonly isInteractive: boolean;
}

const row = (label: string, text: string): string => `  ${label.padEnd(12)} ${text}`;

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, "@");

/** What a person needs to know once everything runs. The first line is the page's address: scripts read it. */
export function summaryLines(facts: SummaryFacts): readonly string[] {
  const { roles, servers, devKey, dir, configFile, isInteractive } = facts;
  const page = roles.find(({ role }) => role === "gateway")?.url ?? "";
  return [
    `Barrage listens on ${page}`,
    ...roles.map(({ name, url, detail }) => row(name, `${url}  ${detail}; /metrics, /readyz`)),
    row("kafka", servers.brokers.join(" ")),
    row("redis", servers.redisNodes.join(" ")),
    row("postgresql", withoutPassword(servers.postgresUrl)),
    row("moderator", `${page}/#key=${devKey}`),
    row("", "whoever has this link has every right here: development only"),
    row("settings", `${configFile}, with the passwords`),
    row("data folder", dir),
    row(
      "stop",
      isInteractive ? "Ctrl+C; once more ends at once" : "SIGTERM or SIGINT; once more ends at once",
    ),
  ];
}
