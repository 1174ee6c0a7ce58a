/** Loaded into a program by `--import`: tells of tasks that sleep for good when the process would end. */
import { creationStacks } from "@barrage/kernel/diagnostics";
import { deadlockReport } from "@barrage/kernel-node";

creationStacks("full");
deadlockReport();
