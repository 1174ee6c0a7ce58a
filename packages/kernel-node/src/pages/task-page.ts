import { liveTaskCount, systemClock } from "@barrage/kernel";
import {
  dumpTasks,
  groupText,
  profile,
  type TaskDump,
  tree,
  type TreeFormat,
  waitCycles,
  type WaitStep,
} from "@barrage/kernel/diagnostics";
import { pprofProfile } from "./pprof.ts";

/** What a server answers with. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer | string;
}

const TEXT = "text/plain; charset=utf-8";

// Groups and tasks on one page (counts). A page is read by a person; what is left out is said.
const GROUPS = 500;
const TASKS = 10_000;

const text = (lines: readonly string[]): Page => ({
  status: 200,
  contentType: TEXT,
  body: `${lines.join("\n")}\n`,
});

/**
 * The page of live tasks: `0` as a pprof profile, `1` as groups in text, `2` as every task in text.
 *
 * Bounds     500 groups, 10 000 tasks.
 */
export function taskPage(debug: 0 | 1 | 2): Page {
  if (debug === 0) {
    const body = pprofProfile(profile(), systemClock.wall());
    return { status: 200, contentType: "application/octet-stream", body };
  }
  return text(debug === 1 ? groupLines() : taskLines());
}

/** Live tasks in groups and the circles of locks among them, as lines. */
export function groupLines(): string[] {
  const groups = profile();
  return [
    `${liveTaskCount()} tasks in ${groups.length} groups`,
    ...waitCycles().map(cycleLine),
    ...groups.slice(0, GROUPS).flatMap((group) => ["", groupText(group)]),
    ...(groups.length > GROUPS ? ["", `... ${groups.length - GROUPS} more groups`] : []),
  ];
}

function cycleLine(cycle: readonly WaitStep[]): string {
  return `DEADLOCK ${cycle.map(({ task, id, lock }) => `${task} #${id} waits for ${lock}, held by`).join(" ")} the first`;
}

function taskLines(): string[] {
  const left = liveTaskCount() - TASKS;
  return [
    `${liveTaskCount()} tasks`,
    ...[...dumpTasks(TASKS)].flatMap((task) => ["", ...oneTask(task)]),
    ...(left > 0 ? ["", `... ${left} more tasks`] : []),
  ];
}

function oneTask(task: TaskDump): string[] {
  const { id, scope, name, waiting, ageMs, cancelledMs, unreachable, parent, stack } = task;
  const notes = [
    waiting,
    `${Math.round(ageMs)} ms`,
    ...(cancelledMs === undefined ? [] : [`cancelled ${Math.round(cancelledMs)} ms ago`]),
    ...(unreachable ? ["UNREACHABLE: nothing can wake it"] : []),
  ];
  return [
    `task ${id} ${scope}/${name} [${notes.join(", ")}]${parent === undefined ? "" : ` of task ${parent}`}`,
    ...stack.map((frame, index) => `    ${index === 0 ? "created by" : "       at"} ${frame}`),
  ];
}

const TREE_TYPES: Readonly<Record<TreeFormat, string>> = {
  text: TEXT,
  mermaid: TEXT,
  json: "application/json; charset=utf-8",
};

/** The cancel tree of the whole process. */
export function treePage(format: TreeFormat): Page {
  return { status: 200, contentType: TREE_TYPES[format], body: `${tree(undefined, format)}\n` };
}

const refused = (status: number, what: string): Page => ({ status, contentType: TEXT, body: `${what}\n` });

/** The page for a request's path and query: `/debug/tasks?debug=0|1|2` and `/debug/tree?format=text|mermaid|json`. */
export function debugPage(path: string, query: URLSearchParams): Page {
  if (path === "/debug/tasks") {
    const debug = Number(query.get("debug") ?? "1");
    if (debug !== 0 && debug !== 1 && debug !== 2) return refused(400, "debug must be 0, 1 or 2");
    return taskPage(debug);
  }
  if (path === "/debug/tree") {
    const format = query.get("format") ?? "text";
    if (format !== "text" && format !== "mermaid" && format !== "json") {
      return refused(400, "format must be text, mermaid or json");
    }
    return treePage(format);
  }
  return refused(404, "there are /debug/tasks and /debug/tree");
}
