import proxyAddr from "proxy-addr";
import { z } from "zod";
import { section, setting } from "./setting.ts";

const MEBIBYTE = 1_048_576;

const origin = z
  .string()
  .refine(
    (text) => text === "*" || (URL.canParse(text) && new URL(text).origin === text),
    "must be an origin such as https://example.com, or *",
  );

function isProxy(text: string): boolean {
  try {
    proxyAddr.compile([text]);
    return true;
  } catch {
    // The library's way to say no.
    return false;
  }
}

const proxy = z
  .string()
  .refine(isProxy, "must be an address, a CIDR block, loopback, linklocal or uniquelocal");

const path = () => z.string().min(1).nullable().default(null);

export const serverSection = section({
  host: setting(
    z.string().min(1).default("127.0.0.1"),
    "Address to listen on; 0.0.0.0 is every one of this machine.",
  ),
  port: setting(z.int().min(0).max(65_535).default(8_080), "Port to listen on; 0 is any free one.", {
    unit: "port number",
  }),
  subPort: setting(
    z.int().min(0).max(65_535).nullable().default(null),
    "TCP port for clients of the goim framing, which /sub speaks over WebSocket; 0 is any free one.",
    { unit: "port number" },
  ),
  tlsCert: setting(path(), "PEM file with the certificate chain; with it the server speaks HTTPS."),
  tlsKey: setting(path(), "PEM file with the certificate's private key."),
  trustedProxies: setting(
    z.array(proxy).default([]),
    "Addresses or CIDR blocks whose X-Forwarded-For is believed; also loopback, linklocal, uniquelocal.",
  ),
  allowedOrigins: setting(
    z.array(origin).default([]),
    "Origins of other sites whose pages may call the API and open a WebSocket; the server's own always may.",
  ),
  embedOrigins: setting(
    z.array(origin).default([]),
    "Origins that may show /overlay in a frame and load embed.js.",
  ),
  connectionsPerAddress: setting(
    z.int().min(1).max(1_000_000).default(200),
    "WebSocket connections that one client address may hold.",
    { unit: "connections" },
  ),
  bodyLimitBytes: setting(
    z
      .int()
      .min(1_024)
      .max(16 * MEBIBYTE)
      .default(65_536),
    "Largest request body, imports excepted.",
    { unit: "bytes" },
  ),
  importLimitBytes: setting(
    z
      .int()
      .min(1_024)
      .max(1_024 * MEBIBYTE)
      .default(64 * MEBIBYTE),
    "Largest danmaku file that an import takes.",
    { unit: "bytes" },
  ),
  headerLimitBytes: setting(
    z.int().min(2_048).max(MEBIBYTE).default(16_384),
    "Largest request head (request line and headers).",
    { unit: "bytes" },
  ),
  requestTimeoutMs: setting(
    z.int().min(100).max(3_600_000).default(10_000),
    "Time a request has until it is answered; imports and exports have none.",
    { unit: "ms" },
  ),
  shutdownDeadlineMs: setting(
    z.int().min(100).max(600_000).default(15_000),
    "Time a shutdown may take before what is left is cut off.",
    { unit: "ms" },
  ),
  shutdownSpreadMs: setting(
    z.int().min(0).max(600_000).default(3_000),
    "Span over which viewers are told to come back, so that they do not all return at once.",
    { unit: "ms" },
  ),
  adminToken: setting(
    z.string().min(16).max(256).nullable().default(null),
    "Bearer token for /metrics from other machines; without one only this machine may read it in production.",
    { secret: true },
  ),
});
