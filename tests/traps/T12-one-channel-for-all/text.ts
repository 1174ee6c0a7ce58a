import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "One channel shared by all receivers of a broadcast",
    happens:
      "A channel hands each value to one receiver. Receivers that share it divide the values among themselves.",
    shows:
      "Nine danmaku make nine deliveries to three viewers, not 27. A ledger for each connection (published = delivered + shed by reason) shows who is short, and where it joined.",
    instead: "A bounded queue for each connection, and one shared, encoded frame in all of them.",
  },
  zh: {
    title: "广播的所有接收者共用一个 channel",
    happens: "channel 把每个值只交给一个接收者。共用它的接收者是在瓜分这些值。",
    shows:
      "九条弹幕给三位观众只产生九次投递，而不是 27 次。按连接记的账（发布 = 投递 + 按原因丢弃）显示谁少了、在哪里加入。",
    instead: "每条连接一个有界队列，里面放同一份编码好的帧。",
  },
};
