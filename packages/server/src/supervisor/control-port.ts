/** A process's line to its supervisor. What comes over it is not checked yet. */
export interface ControlPort {
  send(message: unknown): void;
  /** One listener each; `onClose` is called once the supervisor is no more. */
  listen(listener: { message(message: unknown): void; closed(): void }): void;
  /** Resolves when everything sent has left the process, or never will. */
  flush(): Promise<void>;
}

/** A process as its supervisor has it. */
export interface ChildProcessHandle {
  readonly pid: number;
  /** Hands on what it has said already. */
  begin(): void;
  /** Lost when the process is no more. */
  send(message: unknown): void;
  kill(): void;
}

/** What a supervisor hears of a process. */
export interface ChildListener {
  message(message: unknown): void;
  exited(code: number | null, signal: string | null): void;
}

/** Starts processes. */
export interface ProcessStarter {
  start(role: "owner" | "worker", listener: ChildListener): ChildProcessHandle;
  /** The one that is loaded ahead. */
  readonly spare: { readonly pid: number; readonly isReady: boolean } | undefined;
  /** There is time now to load one ahead. */
  prepare(): void;
  /** Ends what was loaded ahead. */
  close(): Promise<void>;
}
