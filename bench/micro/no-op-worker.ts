export default function noOp(job: number): number {
  return job;
}
