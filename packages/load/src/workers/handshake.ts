import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { loadError } from "../errors.ts";
import type { Link } from "./link.ts";
import type { ToController, ToWorker } from "./messages.ts";
import { WORKER_PROTOCOL } from "./messages.ts";

const NONCE_BYTES = 32;
/** Shorter ones can be found by trying; `barrage load` draws 32 characters. */
export const TOKEN_CHARACTERS = 16;

/** Errors: LOAD_BAD_PLAN. */
export function checkToken(token: string): string {
  if (token.length >= TOKEN_CHARACTERS) return token;
  throw loadError("LOAD_BAD_PLAN", { what: `a token has ${TOKEN_CHARACTERS} characters or more` });
}

export const freshNonce = (): string => randomBytes(NONCE_BYTES).toString("base64");

/** Shows that this side knows the token without telling it; bound to both sides' nonces and to the side itself. */
const proofOf = (token: string, side: "controller" | "worker", nonces: readonly [string, string]): string =>
  createHmac("sha256", token)
    .update(`${side} ${nonces.join(" ")}`)
    .digest("base64");

function isSame(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Names this running system, whose processes share one monotonic clock; undefined where the system has no such name. */
export function thisSystem(): string | undefined {
  try {
    return readFileSync(BOOT_ID, "utf8").trim();
  } catch {
    // Not Linux: the clock is then measured, which is right everywhere.
    return undefined;
  }
}

/** A worker that has shown that it knows the token. */
export interface JoinedWorker {
  readonly name: string;
  readonly machine: string | undefined;
}

type WorkerLink = Link<ToController, ToWorker>;
type ControllerLink = Link<ToWorker, ToController>;

/** The controller's side. Errors: LOAD_JOIN_REFUSED with what was wrong; the link is still open. */
export function admitWorker(link: WorkerLink, token: string): Promise<JoinedWorker> {
  const { promise, resolve, reject } = Promise.withResolvers<JoinedWorker>();
  const own = freshNonce();
  const refuse = (reason: string): void => {
    link.send({ type: "refused", reason });
    reject(loadError("LOAD_JOIN_REFUSED", { reason }));
  };
  link.listen({
    message(message) {
      if (message.type !== "answer") return refuse("it begins with another message");
      const { protocol, nonce, proof, name, machine } = message;
      if (protocol !== WORKER_PROTOCOL)
        return refuse(`its protocol has number ${protocol}, and the controller's ${WORKER_PROTOCOL}`);
      if (!isSame(proof, proofOf(token, "worker", [own, nonce]))) return refuse("its token is another one");
      link.trust();
      link.hold();
      link.send({ type: "welcome", proof: proofOf(token, "controller", [own, nonce]) });
      resolve({ name, machine });
    },
    ended: (reason) => reject(loadError("LOAD_JOIN_REFUSED", { reason })),
  });
  link.send({ type: "challenge", protocol: WORKER_PROTOCOL, nonce: own });
  return promise;
}

export interface WorkerIdentity {
  readonly name: string;
  readonly machine: string | undefined;
}

export const thisWorker = (): WorkerIdentity => ({ name: hostname(), machine: thisSystem() });

/**
 * The worker's side. A controller decides what a worker sends where: so the worker, too, wants to see that it knows the
 * token. Errors: LOAD_JOIN_REFUSED.
 */
export function joinController(link: ControllerLink, token: string, own: WorkerIdentity): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = (reason: string): void => reject(loadError("LOAD_JOIN_REFUSED", { reason }));
  const nonce = freshNonce();
  let expected: string | undefined;
  link.listen({
    message(message) {
      if (message.type === "challenge" && expected === undefined) {
        const nonces = [message.nonce, nonce] as const;
        expected = proofOf(token, "controller", nonces);
        link.send({
          type: "answer",
          protocol: WORKER_PROTOCOL,
          nonce,
          proof: proofOf(token, "worker", nonces),
          ...own,
        });
      } else if (message.type === "welcome" && expected !== undefined) {
        if (!isSame(message.proof, expected)) return fail("the controller does not know the token");
        link.trust();
        link.hold();
        resolve();
      } else fail(message.type === "refused" ? message.reason : "the controller says something else first");
    },
    ended: fail,
  });
  return promise;
}
