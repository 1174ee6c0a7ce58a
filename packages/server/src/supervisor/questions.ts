import { serverError } from "../errors.ts";
import type { FromChild, Question } from "./messages.ts";

/** Questions under way at a time; one more is refused: whoever asks so often can ask again. */
const OPEN_MAX = 256;

/** What a process asks its supervisor. Each question is answered once, or refused when the supervisor is no more. */
export class Questions {
  private readonly ask: (question: FromChild & { readonly type: "ask" }) => void;
  private readonly open = new Map<number, PromiseWithResolvers<unknown>>();
  private ids = 0;
  private isClosed = false;

  constructor(ask: (question: FromChild & { readonly type: "ask" }) => void) {
    this.ask = ask;
  }

  /** Errors: SERVER_SUPERVISOR_SILENT. */
  async about(question: Question, room?: string): Promise<unknown> {
    if (this.isClosed || this.open.size >= OPEN_MAX) throw serverError("SERVER_SUPERVISOR_SILENT", {});
    const id = (this.ids += 1);
    const answer = Promise.withResolvers<unknown>();
    this.open.set(id, answer);
    this.ask({ type: "ask", id, question, ...(room === undefined ? {} : { room }) });
    return answer.promise;
  }

  answered(id: number, body: unknown): void {
    this.open.get(id)?.resolve(body);
    this.open.delete(id);
  }

  close(): void {
    this.isClosed = true;
    for (const answer of this.open.values()) answer.reject(serverError("SERVER_SUPERVISOR_SILENT", {}));
    this.open.clear();
  }
}
