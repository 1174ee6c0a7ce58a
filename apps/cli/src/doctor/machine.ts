import { bad, ok, warn } from "./check.ts";
import type { Finding } from "./check.ts";

const NODE_MAJOR = 24;

export function judgeNode(version: string): Finding {
  return Number.parseInt(version, 10) >= NODE_MAJOR
    ? ok("node", version)
    : bad("node", version, `Node ${NODE_MAJOR} or newer is needed`);
}

/** Sockets, files and pipes of a modest room; each viewer takes one. */
const FILES_WANTED = 4_096;

/** `limit` is the soft limit of open files; undefined where the system has none to tell. */
export function judgeOpenFiles(limit: number | "unlimited" | undefined): Finding {
  if (limit === undefined) return ok("open files", "no limit is known on this system");
  if (limit === "unlimited") return ok("open files", "unlimited");
  const detail = `${limit}, so about ${Math.max(0, limit - 128)} viewers`;
  return limit >= FILES_WANTED
    ? ok("open files", detail)
    : warn("open files", detail, `raise it for more: ulimit -n ${FILES_WANTED * 16}`);
}

/** The soft limit of open files of this process, from Node's own report. */
export function openFileLimit(): number | "unlimited" | undefined {
  // The report would otherwise look up the name of each network peer. The published types do not know the property.
  Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = process.report.getReport() as unknown as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  const soft = userLimits?.open_files?.soft;
  if (typeof soft === "number") return soft;
  return soft === "unlimited" ? "unlimited" : undefined;
}
