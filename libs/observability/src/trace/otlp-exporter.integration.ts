import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpExporter } from './otlp-exporter.js';
import { withSpan } from './span.js';
import { startTelemetry } from './telemetry.js';

interface OtlpBody {
  readonly resourceSpans: {
    scopeSpans: { scope: { name: string }; spans: { name: string; attributes: object[] }[] }[];
  }[];
}

describe('OTLP export', () => {
  it('delivers the spans of all services to a collector before it stops', async () => {
    const bodies: OtlpBody[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        bodies.push(JSON.parse(Buffer.concat(chunks).toString()) as OtlpBody);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
    const telemetry = startTelemetry({
      otlp: async (body) => void (await fetch(url, { method: 'POST', body: Buffer.from(body) })),
    });
    await withSpan(telemetry.tracer('gateway'), 'gateway.request', {}, () =>
      withSpan(telemetry.tracer('identity'), 'identity.profile.update', { attempt: 1 }, () => undefined),
    );
    await telemetry.stop();
    await new Promise((resolve) => collector.close(resolve));
    const scopes = bodies.flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans));
    expect(scopes.map(({ scope, spans }) => [scope.name, spans.map(({ name }) => name)]).sort()).toEqual([
      ['gateway', ['gateway.request']],
      ['identity', ['identity.profile.update']],
    ]);
    expect(JSON.stringify(bodies)).toContain('"service.name"');
  });

  it('reports a collector that refuses and goes on', async () => {
    const codes: number[] = [];
    const exporter = new OtlpExporter(() => Promise.reject(new Error('refused')));
    exporter.export([], ({ code }) => codes.push(code));
    await exporter.shutdown();
    expect(codes).toEqual([1]);
  });
});
