/** Program: opens the store of a folder, prints the code of the error or "opened", and ends. */
import { openSqliteStore } from "../../src/index.ts";

try {
  const store = await openSqliteStore({ dir: process.argv[2] ?? "" });
  await store.close();
  console.log("opened");
} catch (error) {
  console.log((error as { code: string }).code);
}
