import { basename, dirname, extname } from "node:path";
import type { ComeAndGo, Crowd, LoadPlan, SlowViewers, Storm } from "../run/plan.ts";
import { parseStopCondition } from "../run/stop-condition.ts";
import { ALL_READ, numberedRooms, planWith } from "../run/scenarios.ts";
import type { ScenarioChoice } from "../run/scenarios.ts";
import type { Stage } from "../schedule/arrivals.ts";
import { parseStages, secondsOf } from "../schedule/stages-text.ts";
import type { Behaviour, Scenario, Span } from "./scenario.ts";
import { popularityOf, recordingOf, talkersOf } from "./spread.ts";

const seconds = (span: Span): number => (typeof span === "number" ? span : (secondsOf(span) ?? 0));
const ms = (span: Span): number => seconds(span) * 1_000;

/** What the command line chose; it wins over the file. */
export type Chosen = Pick<ScenarioChoice, "host" | "port" | "run"> & Partial<ScenarioChoice>;

const STANDARD = { protocol: "barrage", seed: 1, viewers: 100, rate: 50, seconds: 30 } as const;

/** What was chosen, and the standard value of everything else. */
export const standardChoice = (chosen: Chosen): ScenarioChoice => ({ ...STANDARD, ...chosen });

/** What was chosen; where nothing was, what the file has; where it has nothing, the standard value. */
function choiceOf(chosen: Chosen, scenario: Scenario): ScenarioChoice {
  const { protocol, seed, viewers, rate, duration, users } = scenario;
  const inFile = {
    ...(protocol === undefined ? {} : { protocol }),
    ...(seed === undefined ? {} : { seed }),
    ...(viewers === undefined ? {} : { viewers }),
    ...(rate === undefined ? {} : { rate }),
    ...(duration === undefined ? {} : { seconds: seconds(duration) }),
    ...(users === undefined ? {} : { users }),
  };
  return standardChoice({ ...inFile, ...chosen });
}

/**
 * The plan of a scenario file, with these changes. What was chosen on the command line wins over the file: a chosen rate
 * or length over its stages too.
 *
 * Errors     LOAD_BAD_PLAN, LOAD_BAD_STAGES, LOAD_BAD_CONDITION, LOAD_BAD_RECORDING.
 */
export function planOfScenario(
  scenario: Scenario,
  file: string,
  chosen: Chosen,
  changes: Partial<LoadPlan> = {},
): LoadPlan {
  const folder = dirname(file);
  const choice = choiceOf(chosen, scenario);
  const {
    arrivals,
    connectPerSecond,
    heartbeat,
    talkers,
    publish,
    stopWhen,
    textMax,
    drain,
    rooms = 1,
  } = scenario;
  const isTimedAnew =
    chosen.rate !== undefined || chosen.seconds !== undefined || changes.stages !== undefined;
  const recording = arrivals === undefined || isTimedAnew ? undefined : recordingOf(arrivals, folder);
  return planWith(choice, {
    scenario: scenario.name ?? basename(file, extname(file)),
    rooms: typeof rooms === "number" ? numberedRooms(rooms, choice.run) : rooms,
    popularity: popularityOf(scenario.popularity ?? "constant", folder),
    talk: popularityOf(scenario.talk ?? "constant", folder),
    stages: isTimedAnew || scenario.stages === undefined ? one(choice) : stagesOf(scenario.stages),
    ...behavioursOf(scenario.behaviours ?? []),
    ...(recording === undefined ? {} : { recording }),
    ...(talkers === undefined ? {} : { talkers: talkersOf(talkers, folder) }),
    ...(publish === undefined ? {} : { publishOver: publish }),
    ...(connectPerSecond === undefined ? {} : { connectPerSecond }),
    ...(drain === undefined ? {} : { drainMs: ms(drain) }),
    ...(textMax === undefined ? {} : { textMax }),
    ...(heartbeat === undefined ? {} : { heartbeatMs: ms(heartbeat) }),
    ...(stopWhen === undefined ? {} : { stopWhen: stopWhen.map(parseStopCondition) }),
    ...changes,
  });
}

const one = ({ rate, seconds: length }: ScenarioChoice): readonly Stage[] => [
  { kind: "hold", rate, seconds: length },
];

/** In a list a text goes on from the stage before it, be that text or data: `hold 60s` keeps its rate. */
function stagesOf(given: NonNullable<Scenario["stages"]>): readonly Stage[] {
  if (typeof given === "string") return parseStages(given);
  const stages: Stage[] = [];
  for (const each of given)
    stages.push(...(typeof each === "string" ? parseStages(each, stages.at(-1)) : [each]));
  return stages;
}

function behavioursOf(
  behaviours: readonly Behaviour[],
): Pick<LoadPlan, "storms" | "slow" | "comeAndGo" | "crowds"> {
  const [storms, crowds]: [Storm[], Crowd[]] = [[], []];
  let slow: SlowViewers = ALL_READ;
  let comeAndGo: ComeAndGo | undefined;
  for (const behaviour of behaviours) {
    if ("reconnect" in behaviour) {
      const { at, share, within } = behaviour.reconnect;
      storms.push({ at: seconds(at), share, ...(within === undefined ? {} : { withinMs: ms(within) }) });
    } else if ("read-slowly" in behaviour) {
      const { share, pause, read } = behaviour["read-slowly"];
      slow = { share, pauseMs: ms(pause), readMs: ms(read) };
    } else if ("come-and-go" in behaviour) {
      const { share, stay, away, elsewhere = false } = behaviour["come-and-go"];
      comeAndGo = { share, stayMs: ms(stay), awayMs: ms(away), elsewhere };
    } else {
      const { share, comes, leaves } = behaviour.crowd;
      crowds.push({
        share,
        ...(comes === undefined ? {} : { comesAt: seconds(comes) }),
        ...(leaves === undefined ? {} : { leavesAt: seconds(leaves) }),
      });
    }
  }
  return { storms, slow, crowds, ...(comeAndGo === undefined ? {} : { comeAndGo }) };
}
