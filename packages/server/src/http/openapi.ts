import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { pagePolicy } from "./browser-rules.ts";

/** The API's description at `/docs` and `/docs/json`, made of the routes' own schemas; every asset is served from here. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Barrage",
        version: "1",
        description: "Danmaku in, danmaku out. The WebSocket at /ws is described in docs/spec/protocol.md.",
      },
      components: {
        securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
      tags: ["auth", "publish", "rooms", "moderation", "history", "operations"].map((name) => ({ name })),
    },
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: true,
    // Its own policy names a validator on the web, and upgrades plain HTTP, which a phone on the local network needs.
    transformStaticCSP: () => pagePolicy([]),
    uiConfig: { deepLinking: true, validatorUrl: null },
  });
}
