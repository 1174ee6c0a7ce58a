import { changePolicies } from "@barrage/protocol";
import type { Item, PolicyChange, PolicyMode, RoomPolicies, SampleRate } from "@barrage/protocol";
import { Merger } from "./merger.ts";
import type { RoomItem } from "./room-item.ts";
import { Sampler } from "./sampler.ts";

/** A policy has withheld a record, or would have. */
export type OnJudged = (policy: "ceiling" | "merge", mode: Exclude<PolicyMode, "off">) => void;

/** True when a room's policies may withhold records from its viewers, or count what they would withhold. */
export const watchesRecords = ({ ceiling, merge }: RoomPolicies): boolean =>
  ceiling.mode !== "off" || merge.mode !== "off";

/** How a record of the room changes its policies; `undefined` for all others. */
export function policyChangeOf(item: Item): PolicyChange | undefined {
  if (item.kind !== "room-event") return undefined;
  const { event } = item;
  if (event.type === "created") return event.policies;
  return event.type === "policies" ? event.change : undefined;
}

/** What viewers say, and likes and arrivals: all that a policy may withhold. */
const isOrdinary = ({ kind, author }: Item): boolean =>
  author.role === "viewer" && (kind === "danmaku" || kind === "like" || kind === "enter");

/**
 * Decides, record by record, what the viewers of a room are shown.
 *
 * Shape      a fold over the room's records in order, its own changes of policy among them: the same records give the
 *            same decisions, however they are cut into batches and whoever decides.
 */
export class Judge {
  private policies: RoomPolicies;
  private merger: Merger | undefined;
  private sampler: Sampler | undefined;
  private readonly onJudged: OnJudged;

  constructor(policies: RoomPolicies, onJudged: OnJudged = () => undefined) {
    this.policies = policies;
    this.onJudged = onJudged;
    this.adopt();
  }

  /** The record itself where it is shown, otherwise with the reason why not. */
  judge(item: Item): RoomItem {
    const change = policyChangeOf(item);
    if (change !== undefined) {
      this.policies = changePolicies(this.policies, change);
      this.adopt();
      return item;
    }
    if (item.kind === "recall") this.merger?.recall(item.target);
    if (!isOrdinary(item)) return item;
    return this.merged(item) ?? this.sampled(item) ?? this.shown(item);
  }

  takeNotice(): SampleRate | undefined {
    const notice = this.sampler?.takeNotice();
    return this.policies.ceiling.mode === "on" ? notice : undefined;
  }

  private merged(item: Item): RoomItem | undefined {
    const { mode } = this.policies.merge;
    if (this.merger === undefined || mode === "off" || item.kind !== "danmaku") return undefined;
    const into = this.merger.join(item);
    if (into === undefined) return undefined;
    this.onJudged("merge", mode);
    return mode === "on" ? { ...item, withheld: into } : (this.sampled(item) ?? item);
  }

  private sampled(item: Item): RoomItem | undefined {
    const { mode } = this.policies.ceiling;
    if (this.sampler === undefined || mode === "off" || this.sampler.admit(item)) return undefined;
    this.onJudged("ceiling", mode);
    return mode === "on" ? { ...item, withheld: "sampled" } : undefined;
  }

  private shown(item: Item): RoomItem {
    if (item.kind === "danmaku") this.merger?.open(item);
    return item;
  }

  private adopt(): void {
    const { ceiling, merge } = this.policies;
    if (ceiling.mode === "off") this.sampler = undefined;
    else if (this.sampler === undefined) this.sampler = new Sampler(ceiling.per_second);
    else this.sampler.setCeiling(ceiling.per_second);
    const windowMs = merge.window_s * 1_000;
    if (merge.mode === "off") this.merger = undefined;
    else if (this.merger === undefined) this.merger = new Merger(windowMs);
    else this.merger.setWindow(windowMs);
  }
}

/** Records that nobody has judged, as the room's policies would have it now. */
export function judgedBy(policies: RoomPolicies, items: readonly Item[]): readonly RoomItem[] {
  if (!watchesRecords(policies)) return items;
  const judge = new Judge(policies);
  return items.map((item) => judge.judge(item));
}
