/**
 * An HTTP server that answers a publish after a known time and counts what it was asked, for the cross-check of two
 * generators. Started by bench/macro/wrk-check.ts with the delay in ms as its argument.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { background, Scope, sleep } from "@barrage/kernel";

const delayMs = Number(process.argv[2] ?? 0);
let [answered, connections] = [0, 0];

const tasks = new Scope(background, { name: "answers" });
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const answer = (status: number, body: string): void => {
      response
        .writeHead(status, { "content-type": "application/json", "content-length": body.length })
        .end(body);
    };
    if (request.url === "/auth/login") return answer(200, '{"token":"t"}');
    if (request.url === "/counts") return answer(200, JSON.stringify({ answered, connections }));
    const done = (): void => {
      answered += 1;
      answer(202, `{"id":"${answered}","seq":${answered}}`);
    };
    if (delayMs === 0) done();
    else
      tasks.spawn(async (ctx) => {
        await sleep(delayMs, ctx);
        done();
      });
  });
});
server.on("connection", () => (connections += 1));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () =>
  console.log(`listens on http://127.0.0.1:${(server.address() as AddressInfo).port}`),
);
process.on("SIGTERM", () => process.exit());
