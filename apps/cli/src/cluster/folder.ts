import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { cliError } from "../errors.ts";
import { reasonOf } from "../failure.ts";

/** What the servers ask of who connects, and the key of the development login. */
export interface Secrets {
  readonly redis: string;
  readonly postgres: string;
  readonly devKey: string;
}

/** The folder of a cluster, ours until it is disposed. */
export interface ClusterFolder extends Disposable {
  readonly dir: string;
  readonly secrets: Secrets;
  /** The settings that all roles share; written at each start, for the ports are others each time. */
  readonly configFile: string;
  /** Where one of the roles, or all of them, keep what they keep. */
  readonly roles: string;
  logOf(role: string): string;
}

const SECRET_BYTES = 24;
const LOGS = "logs";
const ROLES = "roles";

/** Makes the folder when missing. Errors: CLI_CLUSTER_IN_USE, CLI_FILE_UNWRITABLE. */
export function takeFolder(dir: string): ClusterFolder {
  let held: DatabaseSync | undefined;
  try {
    for (const name of [LOGS, ROLES]) mkdirSync(join(dir, name), { recursive: true });
    held = hold(join(dir, "lock"), dir);
    const folder = { dir, secrets: secretsIn(join(dir, "secrets.json")) };
    const release = held;
    return {
      ...folder,
      configFile: join(dir, "cluster.yaml"),
      roles: join(dir, ROLES),
      logOf: (role) => join(dir, LOGS, `${role.replace(" ", "-")}.log`),
      [Symbol.dispose]: () => release.close(),
    };
  } catch (error) {
    held?.close();
    if (error instanceof Error && "syscall" in error)
      throw cliError("CLI_FILE_UNWRITABLE", { file: dir, reason: reasonOf(error) }, error);
    throw error;
  }
}

const SQLITE_BUSY = 5;

/** A lock that ends with the process that holds it, however that ends: the database's own. */
function hold(path: string, dir: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY)
      throw cliError("CLI_CLUSTER_IN_USE", { dir }, error);
    throw error;
  }
}

const isSecrets = (value: unknown): value is Secrets =>
  typeof value === "object" &&
  value !== null &&
  ["redis", "postgres", "devKey"].every((key) => typeof Reflect.get(value, key) === "string");

/** Made at the first start: PostgreSQL keeps the password it was made with. */
function secretsIn(path: string): Secrets {
  const random = (): string => randomBytes(SECRET_BYTES).toString("base64url");
  const made: Secrets = { redis: random(), postgres: random(), devKey: random() };
  try {
    writeFileSync(path, JSON.stringify(made), { mode: 0o600, flag: "wx" });
    return made;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const kept: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!isSecrets(kept)) throw cliError("CLI_FILE_UNREADABLE", { file: path, reason: "it holds no secrets" });
  return kept;
}
