/** Where each broker of a cluster listens, by its place. */
export interface BrokerPorts {
  readonly clients: readonly number[];
  readonly controllers: readonly number[];
}

/** A broker's `server.properties`, but for its folder. Each broker is a controller too. */
export function brokerSettings(
  i: number,
  { clients, controllers }: BrokerPorts,
): Readonly<Record<string, string | number>> {
  const count = clients.length;
  const replicas = Math.min(3, count);
  return {
    "process.roles": "broker,controller",
    "node.id": i + 1,
    "controller.quorum.voters": controllers.map((port, at) => `${at + 1}@127.0.0.1:${port}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    listeners: `PLAINTEXT://127.0.0.1:${clients[i] ?? 0},CONTROLLER://127.0.0.1:${controllers[i] ?? 0}`,
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": Math.min(2, replicas),
    "transaction.state.log.num.partitions": 1,
    "group.initial.rebalance.delay.ms": 0,
    "broker.heartbeat.interval.ms": 300,
    // Of three, a dead one is replaced within seconds. A single one that stands still for want of a processor is not to
    // be shut out: nobody could take its place.
    "broker.session.timeout.ms": count > 1 ? 4_000 : 20_000,
    "replica.lag.time.max.ms": 3_000,
    "controller.quorum.election.timeout.ms": 500,
    "controller.quorum.fetch.timeout.ms": 2_000,
    "group.min.session.timeout.ms": 500,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "background.threads": 2,
    "log.cleaner.threads": 1,
    "log.cleaner.dedupe.buffer.size": 4_194_304,
    "controlled.shutdown.enable": "true",
  };
}

export const properties = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
