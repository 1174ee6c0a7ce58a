import { z } from "zod";
import { section, setting } from "./setting.ts";

export const tracingSection = section({
  endpoint: setting(
    z
      .url({ protocol: /^https?$/ })
      .nullable()
      .default(null),
    "Address of an OTLP/HTTP collector's traces (`http://collector:4318/v1/traces`); without one nothing is traced.",
  ),
  sample: setting(
    z.number().min(0).max(1).default(0.001),
    "Share of the publishes that are traced on their whole way.",
    { unit: "share" },
  ),
  fromCallers: setting(
    z.boolean().default(false),
    "Lets the `traceparent` of a request decide whether it is traced; only where all callers are your own.",
  ),
  serviceName: setting(z.string().min(1).default("barrage"), "Name of this service in the traces."),
});
