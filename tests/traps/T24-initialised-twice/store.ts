/** A connection that must be loaded before it knows any room. */
export interface Store {
  load(): Promise<void>;
  rooms(): number;
}

export type Connect = () => Store;

/** Counts what is opened. */
export function storeMaker(): { connect: Connect; opened: () => number } {
  let opened = 0;
  const connect = (): Store => {
    opened += 1;
    let rooms = 0;
    return {
      load: async () => {
        await Promise.resolve();
        rooms = 3;
      },
      rooms: () => rooms,
    };
  };
  return { connect, opened: () => opened };
}
