import { gzipSync } from "node:zlib";
import type { TaskGroup } from "@barrage/kernel/diagnostics";
import {
  Function as Func,
  Label,
  Line,
  Location,
  Profile,
  Sample,
  StringTable,
  ValueType,
} from "pprof-format";

/** One frame of a stack as text, taken apart. */
interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

const FRAME = /^(?:(?<name>.*) \()?(?<file>[^()]*?):(?<line>\d+):\d+\)?$/;

/** `run (file:///a.ts:3:9)` and `file:///a.ts:3:9` alike; what looks like neither is a name without a place. */
export function parseFrame(text: string): Frame {
  const { name, file, line } = FRAME.exec(text)?.groups ?? {};
  if (file === undefined) return { name: text, file: "", line: 0 };
  return {
    name: name === undefined || name === "" ? "(anonymous)" : name.replace(/^async /, ""),
    file: file.replace(/^file:\/\//, ""),
    line: Number(line),
  };
}

/** The parts of a profile that samples share. */
class Tables {
  readonly strings = new StringTable();
  readonly functions: Func[] = [];
  readonly locations: Location[] = [];
  private readonly byFunction = new Map<string, Func>();
  private readonly byPlace = new Map<string, Location>();

  locate({ name, file, line }: Frame): number {
    const key = `${name}\0${file}\0${line}`;
    let location = this.byPlace.get(key);
    if (location === undefined) {
      const id = this.locations.length + 1;
      location = new Location({ id, line: [new Line({ functionId: this.functionId(name, file), line })] });
      this.byPlace.set(key, location);
      this.locations.push(location);
    }
    return Number(location.id);
  }

  label(key: string, value: string): Label {
    return new Label({ key: this.strings.dedup(key), str: this.strings.dedup(value) });
  }

  private functionId(name: string, file: string): number {
    const key = `${name}\0${file}`;
    let known = this.byFunction.get(key);
    if (known === undefined) {
      const text = this.strings.dedup(name);
      const filename = this.strings.dedup(file);
      known = new Func({ id: this.functions.length + 1, name: text, systemName: text, filename });
      this.byFunction.set(key, known);
      this.functions.push(known);
    }
    return Number(known.id);
  }
}

/**
 * Task groups in the format of pprof, gzipped, as `go tool pprof` reads it. A group without a stack is put under the
 * name of its task.
 *
 * Units      `wallMs` from the epoch; the sample value is tasks.
 */
export function pprofProfile(groups: readonly TaskGroup[], wallMs: number): Buffer {
  const tables = new Tables();
  const sample = groups.map(({ count, waiting, stack, labels }) => {
    const frames = stack.length > 0 ? stack : [`${labels["scope"] ?? "?"}/${labels["task"] ?? "?"}`];
    return new Sample({
      locationId: frames.map((frame) => tables.locate(parseFrame(frame))),
      value: [count],
      label: [
        tables.label("waiting", waiting),
        ...Object.entries(labels).map(([key, value]) => tables.label(key, value)),
      ],
    });
  });
  const type = (): ValueType =>
    new ValueType({ type: tables.strings.dedup("tasks"), unit: tables.strings.dedup("count") });
  const profile = new Profile({
    sampleType: [type()],
    periodType: type(),
    period: 1,
    sample,
    location: tables.locations,
    function: tables.functions,
    stringTable: tables.strings,
    timeNanos: BigInt(Math.round(wallMs)) * 1_000_000n,
  });
  return gzipSync(profile.encode());
}
