import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 200; // how soon a waiting run notices; one stat per poll
const TOUCH_MS = 2_000; // the holder shows that it lives; must be well below STALE_MS
const STALE_MS = 30_000; // a holder on another machine (shared folder) that has not shown life is gone

/**
 * Takes the lock file, waiting for another run to release it; `onWait` is told once. Undefined when interrupted.
 *
 * Shape   One holder per folder. A holder that was killed is replaced: at once on this machine, else after STALE_MS.
 *         `share(pid)` lets a child process hold it too, so that an npm which outlives us is waited for.
 */
export async function acquireLock(path, { onWait, signal }) {
  const token = randomUUID();
  const content = (pids) => JSON.stringify({ pids, host: hostname(), token });
  let own = content([process.pid]);
  let hasWaited = false;
  while (!tryCreate(path, own)) {
    if (signal.aborted) return undefined;
    if (!hasWaited) onWait();
    hasWaited = true;
    removeStale(path);
    await wait(POLL_MS);
  }
  const touch = setInterval(() => touchLock(path), TOUCH_MS);
  touch.unref();
  return {
    share(pid) {
      own = content([process.pid, pid]);
      writeFileSync(`${path}.new`, own);
      renameSync(`${path}.new`, path);
    },
    release() {
      clearInterval(touch);
      if (read(path) === own) unlinkSync(path);
    },
  };
}

function tryCreate(path, content) {
  try {
    writeFileSync(path, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function touchLock(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder was removed under us: the installation itself will fail and say so.
  }
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // released meanwhile
  }
}

/** Only one run at a time may judge and remove, or a fresh lock could be taken for the stale one it replaced. */
function removeStale(path) {
  const judge = `${path}.judge`;
  if (!tryCreate(judge, "")) {
    if (ageMs(judge) > STALE_MS) unlinkSync(judge);
    return;
  }
  try {
    if (isStale(path)) unlinkSync(path);
  } finally {
    unlinkSync(judge);
  }
}

function isStale(path) {
  const content = read(path);
  if (content === undefined) return false;
  try {
    const { pids, host } = JSON.parse(content);
    if (host === hostname()) return !pids.some(isAlive);
  } catch {
    // Being written this moment; age decides if its writer died.
  }
  return ageMs(path) > STALE_MS;
}

function ageMs(path) {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
