import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "Media time from the wall clock",
    happens:
      "`Date.now()` jumps when somebody or NTP sets the clock, and is pulled faster and slower in between. A span computed from it may be wrong by any amount, also negative.",
    shows:
      "Ten seconds into the video its position says eight. A drift gauge compares wall and monotonic time at each reading and names who read.",
    instead:
      "Measure spans on the monotonic clock (`ctx.clock.now()`), and keep one offset to the server's time, estimated from round trips as the client's `ServerClock` does.",
  },
  zh: {
    title: "用墙上时钟计算媒体时间",
    happens:
      "有人或 NTP 调整时钟时 `Date.now()` 会跳变，平时也会被调快调慢。用它算出来的时间段可能差任意多，甚至为负。",
    shows: "视频放了十秒，位置显示八秒。漂移仪表在每次读取时对比墙上时钟和单调时钟，并指出是谁读的。",
    instead:
      "时间段用单调时钟测量（`ctx.clock.now()`），另外只保留一个相对服务器时间的偏移，像客户端的 `ServerClock` 那样由往返时间估计。",
  },
};
