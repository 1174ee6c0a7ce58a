import {
  background,
  Channel,
  key,
  type Receiver,
  recv,
  scope,
  select,
  type Sender,
  send,
  type Task,
  trySelect,
} from "@barrage/kernel";

// Compiled and never run: what the types allow and what they refuse.

const channel = new Channel<number>(1);
export const sender: Sender<number> = channel;
export const receiver: Receiver<number | string> = channel;

// @ts-expect-error the sending end does not receive
void sender.receive();
// @ts-expect-error the receiving end does not send
void receiver.trySend(1);
// @ts-expect-error the receiving end does not close
receiver.close();
// @ts-expect-error only values of the channel's type
void channel.send("1");
// @ts-expect-error a sender of numbers cannot be used to send strings
export const wider: Sender<number | string> = sender;

const count = key<number>("count");
export const value: number | undefined = background.value(count);
// @ts-expect-error a key takes values of its type only
background.with(count, "1");
// @ts-expect-error a root cannot be cancelled
background.cancel();

export const total: Promise<number> = scope((s) => {
  const task: Task<number> = s.spawn(() => Promise.resolve(1));
  const promise: Promise<number> = task;
  // An owned task is no floating promise.
  s.spawn(() => undefined);
  return promise;
});

export async function selected(): Promise<number | undefined> {
  const got = await select({ get: recv(channel), put: send(channel, 1) });
  if (got.case === "get") return got.value.value;
  // @ts-expect-error a send gives nothing
  void got.value.value;
  // @ts-expect-error there is no such case
  return got.case === "other" ? 1 : 2;
}

export async function numbered(words: Channel<string>): Promise<string | number | undefined> {
  const got = await select({ 0: recv(channel), 1: recv(words), 2: send(channel, 1) });
  if (got.case === "0") return got.value.value?.toFixed();
  if (got.case === "1") return got.value.value?.toUpperCase();
  // @ts-expect-error the name of a case is a string, also where it looks like a number
  if (got.case === 2) return 2;
  return trySelect({ 7: recv(channel) })?.value.value;
}

export async function many(channels: Readonly<Record<number, Channel<string>>>): Promise<string | undefined> {
  const cases = Object.fromEntries(Object.entries(channels).map(([name, each]) => [name, recv(each)]));
  return (await select(cases)).value.value;
}

// @ts-expect-error cases have names: a list of them has methods as well
void select([recv(channel)]);

// @ts-expect-error the value has to be of the channel's type
send(channel, "1");

// A context's signal is the platform's own, so it goes where an AbortSignal goes.
export const signal: AbortSignal = background.signal;
