import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as it came, with what tests look at. */
export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  /** Of the process that sent it. */
  readonly service: string;
  readonly failed: boolean;
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}

/** The part of OTLP's JSON form that is read here. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly status?: { readonly code?: number };
      }[];
    }[];
  }[];
}

const isExport = (body: unknown): body is ExportRequest =>
  typeof body === "object" && body !== null && "resourceSpans" in body;

/** OTLP's status code of a failure. */
const FAILED = 2;

function spansOf({ resourceSpans }: ExportRequest): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? "";
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId = "", status }) => ({
        name,
        traceId,
        spanId,
        parentSpanId,
        service,
        failed: status?.code === FAILED,
      })),
    );
  });
}

/** Takes spans by OTLP/HTTP in its JSON form, on a port of its own, and keeps them. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  private readonly server: Server;
  private wake: (() => void) | undefined;

  private constructor(server: Server) {
    this.server = server;
  }

  static async listen(): Promise<OtlpCollector> {
    const server = createServer();
    const collector = new OtlpCollector(server);
    server.on("request", (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const body: unknown = JSON.parse(Buffer.concat(parts).toString());
        if (!isExport(body)) return void response.writeHead(400).end();
        collector.take(body);
        response.setHeader("content-type", "application/json").end("{}");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return collector;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/traces`;
  }

  /** Resolves with all spans once `isEnough` of them is true. */
  async until(isEnough: (spans: readonly CollectedSpan[]) => boolean): Promise<readonly CollectedSpan[]> {
    while (!isEnough(this.spans)) await new Promise<void>((resolve) => (this.wake = resolve));
    return this.spans;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private take(request: ExportRequest): void {
    this.spans.push(...spansOf(request));
    this.wake?.();
  }
}
