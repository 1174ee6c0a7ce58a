/** A server that this process needs, as readiness and metrics see it. */
export interface DependencyHealth {
  readonly name: string;
  /** What is wrong, in a sentence for the operator; undefined when nothing is. */
  readonly health: string | undefined;
}
