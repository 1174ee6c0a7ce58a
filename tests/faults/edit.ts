/** An exact piece of a source file, and what stands in its place. */
export interface Edit {
  /** The end of the file's path, below `packages`. */
  readonly file: string;
  /** Stands once in the file. */
  readonly text: string;
  readonly by: string;
}
