/** One received record, as far as it is looked at. */
export interface ReceivedRecord {
  /** Its place in the room; undefined where the protocol has none. */
  readonly seq: number | undefined;
  readonly content: string;
}

/** What a batch's header says. */
export interface BatchHeader {
  readonly prev: number;
  readonly seq: number;
  readonly count: number;
  /** Records withheld from this viewer. */
  readonly shed: number;
}

/** A range of records that the server says it withheld: after `from`, up to and with `to`. */
export interface AnnouncedGap {
  readonly from: number;
  readonly to: number;
  /** undefined where the server does not know how many. */
  readonly count: number | undefined;
}

/**
 * What a protocol adapter tells of one viewer's stream, each thing when its last byte was read.
 *
 * Units      `at` in ms of the context's clock.
 */
export interface StreamSink {
  /** The server let the viewer in; `head` is its place in the room, `missed` what a resume brought at once. */
  joined(head: number | undefined, missed: readonly ReceivedRecord[], at: number): void;
  /** One record on its own. */
  record(record: ReceivedRecord, at: number): void;
  /** Asked when a batch's header is there: are its records wanted too? */
  wantsRecords(header: BatchHeader): boolean;
  /** `records` when they were wanted. */
  batch(header: BatchHeader, records: readonly ReceivedRecord[] | undefined, at: number): void;
  gap(gap: AnnouncedGap): void;
  /** The server is about to close the connection, and says when to come back. Units: ms from now. */
  comeBackIn?(ms: number): void;
  /** Something the protocol forbids, by a short name. */
  fault(name: string): void;
  /** The connection is gone; `code` is the WebSocket's, 1006 without one. */
  closed(code: number): void;
}
