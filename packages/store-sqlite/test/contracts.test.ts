import { archiveContract, auditContract, logContract, roomStoreContract } from "@barrage/testkit";
import { temporaryStore } from "./support/temporary-store.ts";

logContract("SqliteLog", async () => {
  const made = await temporaryStore();
  return {
    log: made.store.log,
    reopen: async () => (await made.reopen()).log,
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
});

archiveContract("SqliteArchive", async () => {
  const made = await temporaryStore();
  return { archive: made.store.archive, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
});

roomStoreContract("SqliteRoomStore", async () => {
  const made = await temporaryStore();
  return {
    rooms: made.store.rooms,
    reopen: async () => (await made.reopen()).rooms,
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
});

auditContract("SqliteAuditLog", async () => {
  const made = await temporaryStore();
  return { audit: made.store.audit, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
});
