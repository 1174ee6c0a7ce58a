import type { TaskRecord } from "../task/task-record.ts";
import type { CapturedStack } from "./stacks.ts";

// Different waits told apart per site (a count); further ones are counted under their verb alone. Waits on channels
// named after a connection would otherwise make a group each.
const WAITS_PER_SITE = 32;

/** Live tasks of one site in one wait. */
export class Gathering {
  readonly site: Site;
  readonly waiting: string;
  count = 0;

  constructor(site: Site, waiting: string) {
    this.site = site;
    this.waiting = waiting;
  }
}

/** Where tasks are started: the name of a task in a scope. */
export class Site {
  readonly scope: string;
  readonly name: string;
  /** Tasks started here since tools are on (a count). */
  started = 0;
  live = 0;
  /** A stack of one of the tasks, when one was taken. */
  stack: CapturedStack | undefined = undefined;
  readonly gatherings = new Map<string, Gathering>();
  private last: Gathering | undefined = undefined;
  private lastVerb = "";
  private lastObject = "";

  constructor(scope: string, name: string) {
    this.scope = scope;
    this.name = name;
  }

  /** The group that a task in this state belongs to. */
  gathering(record: TaskRecord): Gathering {
    const waits = record.state === "waiting";
    const verb = waits ? record.verb : "";
    const object = waits ? record.object : "";
    if (this.last !== undefined && verb === this.lastVerb && object === this.lastObject) return this.last;
    this.lastVerb = verb;
    this.lastObject = object;
    return (this.last = this.find(verb, object));
  }

  private find(verb: string, object: string): Gathering {
    const waiting = waitReason(verb, object);
    return this.gatherings.get(waiting) ?? this.add(this.gatherings.size < WAITS_PER_SITE ? waiting : verb);
  }

  private add(waiting: string): Gathering {
    let gathering = this.gatherings.get(waiting);
    if (gathering === undefined) {
      gathering = new Gathering(this, waiting);
      this.gatherings.set(waiting, gathering);
    }
    return gathering;
  }
}

/** A span is not part of the reason: sleeps of all lengths are one group. */
function waitReason(verb: string, object: string): string {
  if (verb === "") return "running";
  return verb === "sleep" || verb === "tick" ? verb : `${verb} ${object}`.trimEnd();
}

// Sites told apart in one process (a count); names made from ids would otherwise grow the table for ever.
const SITES = 4096;
const sites = new Map<string, Map<string, Site>>();
let siteCount = 0;

function siteOf(scope: string, name: string): Site {
  let named = sites.get(scope);
  if (named === undefined) sites.set(scope, (named = new Map<string, Site>()));
  let site = named.get(name);
  if (site === undefined) {
    site = new Site(scope, name);
    named.set(name, site);
    siteCount += 1;
  }
  return site;
}

/** The site of a task, or one for all whose names came after the table was full. The owner remembers its last one. */
export function siteFor(record: TaskRecord): Site {
  const { owner, name } = record;
  const last = owner.trace as Site | undefined;
  if (last?.name === name) return last;
  const site = find(record);
  owner.trace = site;
  return site;
}

function find(record: TaskRecord): Site {
  const known = sites.get(record.scope)?.get(record.name);
  if (known !== undefined) return known;
  return siteCount < SITES ? siteOf(record.scope, record.name) : siteOf("(other)", "(other)");
}

export function* allSites(): Generator<Site, void> {
  for (const named of sites.values()) yield* named.values();
}
