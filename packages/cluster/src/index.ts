// ---- errors
export { CLUSTER_ERRORS, clusterError, isClusterError } from "./errors.ts";
export type { ClusterErrorCode } from "./errors.ts";
