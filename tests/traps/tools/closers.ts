import { Channel, type KernelError, kernelCode } from "@barrage/kernel";

interface Refusal {
  readonly channel: string;
  readonly error: KernelError;
  /** The stack of the one who closed the channel. */
  readonly closer: string;
}

/** Notes every send on a closed channel, with the stack of its closer, until disposed. */
export function watchCloses(refused: (refusal: Refusal) => void): Disposable {
  const { close, send } = Channel.prototype;
  const closers = new WeakMap<object, string>();
  Channel.prototype.close = function closeNoted() {
    if (!this.closed) closers.set(this, new Error("closed here").stack ?? "");
    close.call(this);
  };
  Channel.prototype.send = function sendNoted(value, ctx) {
    const sent = send.call(this, value, ctx);
    sent.catch((error: unknown) => {
      if (kernelCode(error) !== "KERNEL_CHANNEL_CLOSED") return;
      refused({ channel: this.name, error: error as KernelError, closer: closers.get(this) ?? "" });
    });
    return sent;
  };
  return {
    [Symbol.dispose]() {
      Object.assign(Channel.prototype, { close, send });
    },
  };
}
