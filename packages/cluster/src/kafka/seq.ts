/** Places of one epoch: an offset of 40 bits is 1.1 * 10^12 records a partition, and 2^13 epochs fit below 2^53. */
const EPOCH_PLACES = 2 ** 40;

/** Epochs count from 1, so that no record has seq 0, which means "before the first". */
export const EPOCH_MAX = 2 ** 13 - 1;

/** A record's place: epoch x 2^40 + offset. A later epoch's records come after all of an earlier one's. */
export const seqOf = (epoch: number, offset: bigint | number): number =>
  epoch * EPOCH_PLACES + Number(offset);

/** The offset of the first record of this epoch whose seq is above `after`. */
export const offsetAfter = (epoch: number, after: number): number =>
  Math.max(0, after - epoch * EPOCH_PLACES + 1);

/** The epoch that a seq is of; 0 for "before the first". */
export const epochOf = (seq: number): number => Math.floor(seq / EPOCH_PLACES);
