export { FakeClock } from "./clock/fake-clock.ts";
export { withNoLeakedTasks } from "./leaks.ts";
export { requireOrSkip, slowSuite, type Requirement } from "./require.ts";
export { MemoryArchive } from "./memory/memory-archive.ts";
export { MemoryLog } from "./memory/memory-log.ts";
export { MemoryAuditLog, MemoryRoomStore } from "./memory/memory-stores.ts";
