/** Says where a server listens, as the benchmark wants to read it, and ends the process on SIGTERM. */
export function listen(server) {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, () =>
    console.log(`listens on http://127.0.0.1:${server.address().port}`),
  );
  process.once("SIGTERM", () => process.exit(0));
}
