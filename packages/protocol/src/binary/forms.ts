import { clientFrame } from "./client-frame.ts";
import { author, item, origin, roomEvent, roomView } from "./entry-shapes.ts";
import { POLICY_RECORDS } from "./policy-shapes.ts";
import { limits, mergedCount, sampleRate, serverFrame, withheld } from "./server-frame.ts";
import type { Field } from "./shapes.ts";

/** One table of the protocol's page: a record's fields in their order. */
export interface BinaryForm {
  readonly name: string;
  /** The byte before the record, where it is one of several. */
  readonly tag?: number;
  readonly fields: readonly Field[];
}

const variants = (of: string, choices: readonly { tag: number; name: string; fields: readonly Field[] }[]) =>
  choices.map(({ tag, name, fields }) => ({ name: `${of}: ${name}`, tag, fields }));

/** Everything that `barrage.v1` sends and takes, as it lies in bytes. */
export const BINARY_FORMS: readonly BinaryForm[] = [
  ...variants("server frame", serverFrame.variants),
  ...variants("client frame", clientFrame.variants),
  ...variants("item", item.variants),
  ...variants("event", roomEvent.variants),
  ...[author, origin, roomView, withheld, limits, mergedCount, sampleRate, ...POLICY_RECORDS].map(
    ({ form, fields }) => ({ name: form, fields }),
  ),
];
