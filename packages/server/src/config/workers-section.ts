import { z } from "zod";
import { section, setting } from "./setting.ts";

const ms = (min: number, max: number, standard: number, description: string) =>
  setting(z.int().min(min).max(max).default(standard), description, { unit: "ms" });

/** More would only fight for cores: the largest machines sold have some hundred of them. */
const WORKERS_MAX = 512;

const bound = (description: string) =>
  setting(z.int().min(1).max(WORKERS_MAX).nullable().default(null), description, { unit: "workers" });

const share = (max: number, standard: number, description: string) =>
  setting(z.number().min(0.01).max(max).default(standard), description, { unit: "share" });

/** `auto`, or a number from 1 to the most there may be, as text. */
const COUNT = new RegExp(`^(auto|[1-9]\\d{0,2})$`);

export const workersSection = section({
  count: setting(
    z
      .string()
      .refine(
        (text) => COUNT.test(text) && !(Number(text) > WORKERS_MAX),
        `must be auto or a number from 1 to ${WORKERS_MAX}, as text`,
      )
      .nullable()
      .default(null),
    "Gateway processes at the start: a number, or auto for one less than the processors; absent: everything in one process.",
  ),
  min: bound("Least gateway processes; absent: 1 when workers.count is auto, else that number."),
  max: bound("Most gateway processes; absent: the number that workers.count stands for."),
  spare: setting(
    z.boolean().default(true),
    "Keeps one process loaded that takes the place of one that dies: it is replaced sooner, for the memory of one more.",
  ),
  reportEveryMs: ms(50, 10_000, 500, "How often each process tells the supervisor how it goes."),
  hangMs: ms(
    500,
    600_000,
    10_000,
    "Silence of a process after which it is taken for hung, killed and replaced; time that it waited for a processor does not count where the system tells of it.",
  ),
  startMs: ms(1_000, 600_000, 120_000, "Time a process has to start before it is killed and started again."),
  scale: section({
    windowMs: ms(500, 600_000, 5_000, "Span of the reports that a decision is made on."),
    queueHigh: setting(
      z.number().min(0).max(1_000_000).default(8),
      "Average queue of the workers above which there is one more.",
      { unit: "entries" },
    ),
    queueLow: setting(
      z.number().min(0).max(1_000_000).default(2),
      "There may be one less when the queue of every worker is at most this.",
      { unit: "entries" },
    ),
    cpuHigh: share(1, 0.8, "Average CPU of the workers, of one core each, above which there is one more."),
    cpuLow: share(
      1,
      0.6,
      "There may be one less when the others' CPU would stay at or below this without it.",
    ),
    healthyShare: share(1, 0.7, "Share of healthy workers under which there are two more."),
    growWaitMs: ms(
      500,
      600_000,
      5_000,
      "Least time between two steps up; doubled by each that follows while the load stays, up to 16 times.",
    ),
    holdMs: ms(
      500,
      3_600_000,
      30_000,
      "How long it must be quiet before there is one less; doubled by each step that was regretted, up to 64 times.",
    ),
  }),
  respawn: section({
    baseMs: ms(
      1,
      600_000,
      250,
      "Wait before a process that keeps dying early is started again; doubles each time. Also of the roles of a cluster.",
    ),
    maxMs: ms(1, 3_600_000, 30_000, "Longest such wait."),
    stableMs: ms(100, 3_600_000, 10_000, "Age from which the death of a process is no longer early."),
  }),
});
