/** First number of our advisory locks, so that they are not those of another program in the same database. */
const BARRAGE = 0x62_61_72_72;

/** Held while the form of the database is changed. */
export const MIGRATIONS_LOCK = [BARRAGE, 1] as const;

/** Held while partitions are made or dropped. */
export const PARTITIONS_LOCK = [BARRAGE, 2] as const;
