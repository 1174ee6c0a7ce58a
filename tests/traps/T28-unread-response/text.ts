import type { Texts } from "../trap.ts";

export const text: Texts = {
  en: {
    title: "HTTP client pool leak",
    happens:
      "A socket goes back to its agent when the response has been read to the end. A body nobody reads holds it, and with a limit per host the next calls wait for ever. `fetch` with an unread body does the same until the collector comes by.",
    shows:
      "Two calls of five are answered. Gauges of the pool (sockets lent, answered, not ended; calls in line) name the line that asked.",
    instead: "Read the body, or `resume()` or destroy it, on every path; limits and a timeout for each host.",
  },
  zh: {
    title: "HTTP 客户端连接池泄漏",
    happens:
      "响应读到末尾，socket 才会回到 agent。没人读的响应体一直占着它；有了每主机上限，后面的调用就永远等下去。`fetch` 不读响应体也一样，直到垃圾回收碰巧经过。",
    shows:
      "五次调用只有两次得到回答。连接池仪表（借出、已应答、未读完的 socket，以及排队的调用）指出发起请求的那一行。",
    instead: "在每条路径上读完响应体，或者 `resume()`、销毁它；为每个主机设置上限和超时。",
  },
};
