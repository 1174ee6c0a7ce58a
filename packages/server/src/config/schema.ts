import { z } from "zod";
import { authSection } from "./auth-section.ts";
import { clusterSection } from "./cluster-section.ts";
import { engineSection } from "./engine-section.ts";
import { serverSection } from "./server-section.ts";
import { section, setting } from "./setting.ts";
import { workersSection } from "./workers-section.ts";
import { tracingSection } from "./tracing-section.ts";

const hours = (standard: number, description: string) =>
  setting(z.number().positive().max(1_000_000).default(standard), description, { unit: "hours" });
const bytes = (standard: number, description: string) =>
  setting(
    z
      .int()
      .min(1_048_576)
      .max(2 ** 50)
      .default(standard),
    description,
    { unit: "bytes" },
  );

const GIBIBYTE = 2 ** 30;
const FIVE_YEARS_HOURS = 43_800;

/** The only description of the configuration: defaults, env names, flags, the reference page and the JSON schema come out of it. */
export const configSchema = z.strictObject({
  mode: setting(
    z.enum(["development", "production"]).default("development"),
    "In production the development login is off, rooms are not made on first use, and an outside issuer is needed.",
  ),
  demo: setting(z.boolean().default(false), "Opens a demo room with a modest synthetic crowd."),
  server: serverSection,
  workers: workersSection,
  cluster: clusterSection,
  auth: authSection,
  engine: engineSection,
  store: section({
    dir: setting(z.string().min(1).default("data"), "Folder of everything that is kept; made when missing."),
    retention: section({
      everyMs: setting(
        z.int().min(1_000).max(86_400_000).default(600_000),
        "How often old data is looked for and deleted.",
        { unit: "ms" },
      ),
      logHours: hours(168, "Age at which records leave the log (the archive keeps its own)."),
      logMaxBytes: bytes(2 * GIBIBYTE, "Size of the log above which its oldest records go."),
      archiveHours: hours(FIVE_YEARS_HOURS, "Age at which records leave the archive."),
      archiveMaxBytes: bytes(16 * GIBIBYTE, "Size of the archive above which its oldest records go."),
      keyHours: hours(24, "How long a client_msg_id finds its first answer."),
    }),
  }),
  moderation: section({
    wordsFile: setting(
      z.string().min(1).nullable().default(null),
      "Keyword list; read again when the file changes.",
    ),
    checkEveryMs: setting(
      z.int().min(100).max(3_600_000).default(1_000),
      "How often the keyword list's file is looked at.",
      { unit: "ms" },
    ),
  }),
  telemetry: section({
    logLevel: setting(
      z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
      "Least severe log line that is written.",
    ),
    debugPages: setting(
      z.enum(["auto", "on", "off"]).default("auto"),
      "The pages /debug/tasks and /debug/tree, behind the admin token; auto is on in development only.",
    ),
    trace: setting(
      z.enum(["off", "sched"]).default("off"),
      "Logs a line a second about tasks, event loop and heap when it is sched.",
    ),
    monitor: setting(
      z.boolean().default(false),
      "Watches tasks, handles, listeners and timers for what grows without end.",
    ),
    dumpDir: setting(
      z.string().min(1).nullable().default(null),
      "Folder in which the monitor leaves a dump of each thing it suspects; made when missing.",
    ),
    tracing: tracingSection,
  }),
});

/** Everything the server may be told, checked, with every default filled in. */
export type ServerConfig = z.output<typeof configSchema>;
