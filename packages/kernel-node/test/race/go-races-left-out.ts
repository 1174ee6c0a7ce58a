const CHANNEL_ITSELF =
  "replaces the variable that holds the channel; a variable cannot be watched, a property can";
const SEND_AND_CLOSE =
  "the race is in the channel's own state, which one thread cannot tear; a send after close is a typed error";

/** What has no meaning here. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  RaceChanItselfSend: CHANNEL_ITSELF,
  RaceChanItselfRecv: CHANNEL_ITSELF,
  RaceChanItselfNil: CHANNEL_ITSELF,
  RaceChanItselfClose: CHANNEL_ITSELF,
  RaceChanItselfLen: CHANNEL_ITSELF,
  RaceChanItselfCap: CHANNEL_ITSELF,
  RaceChanSendClose: SEND_AND_CLOSE,
  RaceChanSendSelectClose: SEND_AND_CLOSE,
  RaceChanCloseSend: SEND_AND_CLOSE,
  RaceChanSyncCloseSend: "a waiting sender is not refused by close: its value can still be received (KN-42)",
  RaceChanCloseClose: "closing twice is once (KN-43), so neither task learns who was first",
  NoRaceChanCloseLen: "no data beside the channel's own state",
  NoRaceChanCloseCap: "no data beside the channel's own state",
  RaceMutexOverwrite: "replaces the variable that holds the lock; a variable cannot be watched",
  NoRaceNilMutexCrash: "a lock that is undefined does not compile",
  NoRaceCond: "the kernel has no condition variable: a channel does its work",
  RaceCond: "the kernel has no condition variable: a channel does its work",
  RaceWaitGroupWrongAdd: "the race is in the group's own state, which one thread cannot tear",
  NoRaceWaitGroupMultipleWait: "no data beside the group's own state",
  NoRaceWaitGroupMultipleWait2: "no data beside the group's own state",
  NoRaceWaitGroupConcurrentAdd: "no data beside the group's own state",
};
