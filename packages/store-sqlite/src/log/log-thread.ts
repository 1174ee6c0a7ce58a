import type { DatabaseThread } from "../thread/database-thread.ts";
import type { LogOperations } from "./log-operations.ts";

export type LogThread = DatabaseThread<LogOperations>;
