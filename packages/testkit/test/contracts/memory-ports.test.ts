import { createMemoryFeed, MemoryWindow } from "@barrage/engine";
import {
  archiveContract,
  auditContract,
  catalogContract,
  feedContract,
  logContract,
  MemoryArchive,
  MemoryAuditLog,
  MemoryCatalog,
  MemoryLog,
  MemoryRoomStore,
  roomStoreContract,
  windowContract,
  windowPastContract,
  windowStatesContract,
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
windowStatesContract("MemoryWindow", (bounds, { clock }) => {
  const window = new MemoryWindow({ ...bounds, keptItems: 100, keptBytes: 100_000 }, clock);
  return Promise.resolve({ window, states: window, ...nothingToRelease });
});
catalogContract("MemoryCatalog", () => {
  const archive = new MemoryArchive();
  const catalog = new MemoryCatalog(archive);
  const refuseRooms = (isRefused: boolean): Promise<void> => {
    catalog.isBroken = isRefused;
    return Promise.resolve();
  };
  return Promise.resolve({ catalog, archive, refuseRooms, ...nothingToRelease });
});
