import { currentRecord } from "../task/probe.ts";
import { type CapturedStack, captureStack, takesAllStacks } from "./stacks.ts";

interface Closer {
  readonly channel: string;
  readonly task: string | undefined;
  readonly stack: CapturedStack;
}

/** Who closed each channel, while all stacks are taken. */
const closers = new WeakMap<object, Closer>();

/** The cause of a refused send: its message says who closed the channel, and its stack where. */
class ChannelClosedHere extends Error {
  constructor({ channel, task, stack }: Closer) {
    super(`channel ${channel} was closed ${task === undefined ? "here" : `by ${task}`}`);
    this.name = "ChannelClosedHere";
    this.stack = [String(this), ...stack.frames].join("\n    at ");
  }
}

export function noteClose(channel: object, name: string): void {
  if (!takesAllStacks()) return;
  closers.set(channel, { channel: name, task: currentRecord()?.name, stack: captureStack() });
}

export function closerOf(channel: object): Error | undefined {
  const closer = closers.get(channel);
  return closer === undefined ? undefined : new ChannelClosedHere(closer);
}
