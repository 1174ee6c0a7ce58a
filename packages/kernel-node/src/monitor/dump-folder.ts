import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const NAME = /^tasks-[\dTZ-]+-[a-z]+-\d+\.txt$/;

/**
 * A folder for dumps. It keeps the newest of them, so that a leak that is told of again and again cannot fill a disk.
 *
 * Bounds     `keep` files of its own naming; other files are left alone.
 */
export class DumpFolder {
  private readonly path: string;
  private readonly keep: number;
  private written = 0;

  constructor(path: string, keep: number) {
    this.path = path;
    this.keep = keep;
  }

  /** Gives the path of the file written. */
  async write(kind: string, wallMs: number, text: string): Promise<string> {
    await mkdir(this.path, { recursive: true });
    const moment = new Date(wallMs).toISOString().replaceAll(/[:.]/g, "-");
    this.written += 1;
    const file = join(this.path, `tasks-${moment}-${kind}-${this.written}.txt`);
    await writeFile(file, text);
    await this.drop();
    return file;
  }

  private async drop(): Promise<void> {
    const dumps = (await readdir(this.path)).filter((name) => NAME.test(name)).toSorted();
    for (const name of dumps.slice(0, Math.max(0, dumps.length - this.keep))) {
      await rm(join(this.path, name), { force: true });
    }
  }
}
