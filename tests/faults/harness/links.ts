import { rmSync, writeFileSync } from "node:fs";
import { ChaosProxy } from "@barrage/testkit";
import type { Stream, Toxic, ToxicType } from "@barrage/testkit";
import type { RoleProcess } from "./role-process.ts";
import type { Servers } from "./servers.ts";

export type Dependency = "kafka" | "redis" | "postgres";

const DEPENDENCIES: readonly Dependency[] = ["kafka", "redis", "postgres"];

/** Chaos proxies on the way of one role to every server. Connections that are made from now on go through them. */
export class Links implements AsyncDisposable {
  private readonly role: RoleProcess;
  private readonly proxies: Readonly<Record<Dependency, readonly ChaosProxy[]>>;

  private constructor(role: RoleProcess, proxies: Readonly<Record<Dependency, readonly ChaosProxy[]>>) {
    this.role = role;
    this.proxies = proxies;
  }

  /** The role is started again, so that all of its connections go this way. */
  static async between(role: RoleProcess, servers: Servers): Promise<Links> {
    const ports: Readonly<Record<Dependency, readonly number[]>> = {
      kafka: servers.kafka.bootstrap.map((address) => Number(address.split(":")[1])),
      redis: servers.redis.nodes.map(({ port }) => port),
      postgres: [Number(new URL(servers.postgresUrl).port)],
    };
    const proxies: Record<Dependency, readonly ChaosProxy[]> = { kafka: [], redis: [], postgres: [] };
    const ways: Record<string, number> = {};
    for (const dependency of DEPENDENCIES) {
      const made = await Promise.all(ports[dependency].map((port) => ChaosProxy.listen({ port })));
      proxies[dependency] = made;
      for (const [i, port] of ports[dependency].entries()) ways[String(port)] = made[i]?.port ?? port;
    }
    writeFileSync(wayOf(role), JSON.stringify(ways));
    const links = new Links(role, proxies);
    await restart(role);
    return links;
  }

  put(dependency: Dependency, toxic: Toxic): void {
    for (const proxy of this.proxies[dependency]) proxy.put(toxic);
  }

  remove(dependency: Dependency, type: ToxicType, stream: Stream): void {
    for (const proxy of this.proxies[dependency]) proxy.remove(type, stream);
  }

  halfOpen(dependency: Dependency): void {
    for (const proxy of this.proxies[dependency]) proxy.halfOpen("client");
  }

  connections(dependency: Dependency): number {
    return this.proxies[dependency].reduce((sum, { connections }) => sum + connections, 0);
  }

  /** The role goes straight to the servers again. */
  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(wayOf(this.role), { force: true });
    await restart(this.role);
    await Promise.all(
      Object.values(this.proxies)
        .flat()
        .map((proxy) => proxy[Symbol.asyncDispose]()),
    );
  }
}

const wayOf = (role: RoleProcess): string => role.spec.env["FAULTS_LINKS"] ?? "";

async function restart(role: RoleProcess): Promise<void> {
  await role.stop();
  role.start();
  await role.ready();
}
