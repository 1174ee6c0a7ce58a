import { z } from "zod";
import { policiesSection } from "./policies-section.ts";
import { section, setting } from "./setting.ts";

const ms = (min: number, max: number, standard: number, description: string) =>
  setting(z.int().min(min).max(max).default(standard), description, { unit: "ms" });
const count = (max: number, standard: number, [description, unit]: readonly [string, string]) =>
  setting(z.int().min(1).max(max).default(standard), description, { unit });
const bytes = (standard: number, description: string) =>
  setting(z.int().min(4_096).max(1_073_741_824).default(standard), description, { unit: "bytes" });

const bucket = (who: string, perSecond: number, burst: number) =>
  section({
    perSecond: setting(
      z.number().positive().max(1_000_000).default(perSecond),
      `Records that ${who} may publish in the long run.`,
      { unit: "records per second" },
    ),
    burst: count(1_000_000, burst, [`Records that ${who} may publish at once.`, "records"]),
  });

/** One to one `EngineSettings`, so that what the engine has is what an operator may set. */
export const engineSection = section({
  contentMax: count(10_000, 100, ["Longest danmaku.", "graphemes"]),
  flush: section({
    minMs: ms(
      1,
      1_000,
      10,
      "Smallest flush window: a busy room sends its danmaku this often, a quiet one at once.",
    ),
    maxMs: ms(1, 10_000, 250, "Largest flush window, however high the load."),
    cpuShare: setting(
      z.number().min(0.05).max(1).default(0.6),
      "Share of the process's time up to which windows stay at their smallest; over it the windows of large rooms grow.",
      { unit: "share of one core" },
    ),
  }),
  window: section({
    maxItems: count(1_000_000, 2_000, [
      "Records of a room kept in memory for late joiners and resume.",
      "records",
    ]),
    maxBytes: bytes(4_194_304, "Bytes of a room's recent records kept in memory."),
    maxAgeMs: ms(
      1_000,
      86_400_000,
      600_000,
      "Age up to which records are kept in memory: the resume horizon. Who comes back later begins afresh.",
    ),
    keptItems: count(1_000_000, 2_000, [
      "Control and paid records of a room kept beside the window for who comes back within the horizon; more are read from the archive.",
      "records",
    ]),
    keptBytes: bytes(1_048_576, "Bytes of those records kept in memory."),
    snapshotItems: setting(z.int().min(0).max(10_000).default(50), "Danmaku that a viewer gets on joining.", {
      unit: "records",
    }),
  }),
  outbound: section({
    highBytes: bytes(262_144, "Unsent bytes of a connection above which ordinary records are shed."),
    lowBytes: bytes(65_536, "Unsent bytes below which they flow again."),
    limitBytes: bytes(1_048_576, "Unsent bytes at which a connection is closed as a slow consumer."),
    graceMs: ms(
      100,
      600_000,
      10_000,
      "Time that a connection may stay above the low mark before it is closed.",
    ),
    processBytes: bytes(
      268_435_456,
      "Unsent bytes of all connections together; beyond them the largest holder is closed.",
    ),
  }),
  idleMs: ms(1_000, 3_600_000, 75_000, "Silence of a client after which its connection is closed."),
  heartbeatMs: ms(500, 600_000, 25_000, "How often clients are told to ping."),
  viewersEveryMs: ms(100, 600_000, 2_000, "Least time between two viewer counts of a room."),
  rooms: section({
    autoCreate: setting(
      z.boolean().nullable().default(null),
      "Joining or publishing to an unknown room makes it; absent: in development only.",
    ),
    max: count(10_000_000, 10_000, ["Rooms that there may be, closed ones counted.", "rooms"]),
    policies: policiesSection,
    heartbeatTimeoutMs: ms(
      1_000,
      3_600_000,
      45_000,
      "Time without a streamer's heartbeat after which a live room goes offline.",
    ),
  }),
  limits: section({
    user: bucket("one user", 5, 10),
    room: bucket("all users of one room together", 5_000, 10_000),
    address: bucket("all users of one client address together", 200, 400),
    join: section({
      perSecond: setting(
        z.number().positive().max(1_000_000).default(500),
        "Viewers who may join one room in the long run; who comes too fast is told when to come back.",
        { unit: "viewers per second" },
      ),
      burst: count(1_000_000, 2_000, ["Viewers who may join one room at once.", "viewers"]),
    }),
  }),
  checkpointEveryMs: ms(100, 600_000, 5_000, "How often room states are saved."),
});
