import {
  archiveContract,
  auditContract,
  logContract,
  MemoryArchive,
  MemoryAuditLog,
  MemoryLog,
  MemoryRoomStore,
  roomStoreContract,
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
