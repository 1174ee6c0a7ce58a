import { createMemoryFeed, MemoryWindow } from "@barrage/engine";
import {
  archiveContract,
  auditContract,
  feedContract,
  logContract,
  MemoryArchive,
  MemoryAuditLog,
  MemoryLog,
  MemoryRoomStore,
  roomStoreContract,
  windowContract,
  windowPastContract,
} from "@barrage/testkit";

const nothingToRelease = { [Symbol.asyncDispose]: () => Promise.resolve() };

logContract("MemoryLog", () => Promise.resolve({ log: new MemoryLog(), ...nothingToRelease }));
archiveContract("MemoryArchive", () =>
  Promise.resolve({ archive: new MemoryArchive(), ...nothingToRelease }),
);
roomStoreContract("MemoryRoomStore", () =>
  Promise.resolve({ rooms: new MemoryRoomStore(), ...nothingToRelease }),
);
auditContract("MemoryAuditLog", () => Promise.resolve({ audit: new MemoryAuditLog(), ...nothingToRelease }));
windowContract("MemoryWindow", (bounds, { clock }) =>
  Promise.resolve({
    window: new MemoryWindow({ ...bounds, keptItems: 100, keptBytes: 100_000 }, clock),
    ...nothingToRelease,
  }),
);
windowPastContract("MemoryWindow", (bounds, { clock }) =>
  Promise.resolve({ window: new MemoryWindow(bounds, clock), ...nothingToRelease }),
);
feedContract("MemoryFeed", () => Promise.resolve({ feed: createMemoryFeed(), ...nothingToRelease }));
