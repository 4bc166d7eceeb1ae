import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signUp, subjectOf } from '@millrace/contracts';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { until } from '@millrace/kernel';
import { LABELS, PROCESS_LABELS, startTelemetry, type Telemetry } from '@millrace/observability';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { SpanKind } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { MsgHdrs } from 'nats';
import pg from 'pg';
import { Visitor } from './journey.js';

const exporter = new InMemorySpanExporter();
let telemetry: Telemetry;
let region: TestRegion;
/** Headers of every sign-up that crossed NATS. */
const crossed: MsgHdrs[] = [];
let spans: ReadableSpan[];

const strangersTrace = '0123456789abcdef0123456789abcdef';

beforeAll(async () => {
  // Tracing is one per process and whoever starts it first decides: the services' spans come to this exporter.
  telemetry = startTelemetry({ exporter });
  region = await startTestRegion({ definitions: [identity, gateway] });
  const { connection } = region.service('identity').runtime;
  connection.subscribe(subjectOf(signUp), { callback: (_error, message) => crossed.push(message.headers!) });
  await connection.flush();
  const visitor = new Visitor(region.service('gateway').httpUrl!);
  const answer = await visitor.send(
    signUp,
    { email: visitor.email, password: visitor.password, name: 'Test Person', ofAge: true },
    {
      traceparent: `00-${strangersTrace}-0123456789abcdef-01`,
      baggage: 'user=marker-baggage',
      tracestate: 'vendor=marker-state',
    },
  );
  expect(answer.status).toBe(202);
  spans = await traceOf(answer.headers.get('x-request-id')!);
}, 60_000);
afterAll(async () => {
  await region?.stop();
  await telemetry?.stop();
});

/** Every span of the trace that a request began, once its outermost has ended. */
async function traceOf(requestId: string): Promise<ReadableSpan[]> {
  const root = await until('the span of the request', 10_000, () =>
    exporter
      .getFinishedSpans()
      .find((span) => span.attributes['requestId'] === requestId && span.parentSpanContext === undefined),
  );
  return exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === root.spanContext().traceId);
}

describe('one sign-up', () => {
  it('is one trace: the request at the gateway, its call, the operation at identity', () => {
    const chain = [...spans].sort((a, b) => depthOf(a) - depthOf(b));
    expect(chain.map((span) => [span.attributes['service.name'], span.kind, span.name])).toEqual([
      ['gateway', SpanKind.SERVER, 'identity.sign-up'],
      ['gateway', SpanKind.CLIENT, 'identity.sign-up'],
      ['identity', SpanKind.SERVER, 'identity.sign-up'],
    ]);
  });

  it('joins no trace that a stranger names', () => {
    expect(spans.map((span) => span.spanContext().traceId)).not.toContain(strangersTrace);
  });

  it('carries the trace over NATS and nothing else that a client sent', () => {
    expect(crossed).toHaveLength(1);
    const [headers] = crossed as [MsgHdrs];
    expect([...headers.keys()].sort()).toEqual(['Millrace-Call', 'Millrace-Deadline', 'traceparent']);
    const call = spans.find((span) => span.kind === SpanKind.CLIENT)!.spanContext();
    expect(headers.get('traceparent')).toBe(`00-${call.traceId}-${call.spanId}-01`);
  });

  it('leaves in its spans no word about the person', () => {
    const names = [...new Set(spans.flatMap((span) => Object.keys(span.attributes)))].sort();
    expect(names).toEqual(['operation', 'requestId', 'service.name']);
    const text = JSON.stringify(
      spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]),
    );
    for (const word of ['@example.com', 'Test Person', 'quiet river', 'marker-']) expect(text).not.toContain(word);
  });
});

describe('a sign-up that goes wrong on our side', () => {
  it('leaves a line in both logs, joined by the trace', async () => {
    const owner = new pg.Client({ connectionString: region.postgres.url('identity').reveal() });
    await owner.connect();
    await owner.query('alter table sign_up rename to sign_up_away');
    const visitor = new Visitor(region.service('gateway').httpUrl!);
    const input = { email: visitor.email, password: visitor.password, name: 'Test Person', ofAge: true };
    const answer = await visitor.send(signUp, input);
    await owner.query('alter table sign_up_away rename to sign_up');
    await owner.end();
    expect(answer.status).toBe(500);
    const [root] = await traceOf(answer.headers.get('x-request-id')!);
    for (const name of ['identity', 'gateway']) {
      const line = await until(`the line of ${name}`, 5_000, () =>
        readFileSync(path.join(region.directory, 'logs', `${name}.log`), 'utf8')
          .split('\n')
          .find((one) => one.includes('unexpected error')),
      );
      expect(JSON.parse(line)).toMatchObject({ operation: 'identity.sign-up', traceId: root!.spanContext().traceId });
      expect(line).not.toContain('@example.com');
    }
  });
});

describe('the metrics of a service', () => {
  it.each(['identity', 'gateway'])('of %s have labels of the allow-list only', async (name) => {
    const labels = [...(await metricsOf(name)).matchAll(/[{,](\w+)="/g)].map(([, label]) => label!);
    const allowed: readonly string[] = ['service', 'le', 'quantile', ...LABELS, ...PROCESS_LABELS];
    expect([...new Set(labels)].filter((label) => !allowed.includes(label))).toEqual([]);
    expect(labels).toContain('operation');
  });

  it('tell how long the sign-up took', async () => {
    const [atIdentity, atGateway] = await Promise.all(['identity', 'gateway'].map(metricsOf));
    expect(atIdentity).toContain('# TYPE millrace_operation_duration_seconds histogram');
    const operation = 'service="identity",operation="identity.sign-up",outcome="success"';
    expect(atIdentity).toContain(`millrace_operation_duration_seconds_count{${operation}} 1`);
    expect(atIdentity).toContain(`millrace_operation_duration_seconds_bucket{le="+Inf",${operation}} 1`);
    expect(atGateway).toMatch(
      /millrace_http_requests_total\{[^}]*operation="identity\.sign-up"[^}]*status="2xx"[^}]*\} 1/,
    );
  });
});

/** How many spans of its trace a span hangs below. */
function depthOf(span: ReadableSpan): number {
  const parent = spans.find((one) => one.spanContext().spanId === span.parentSpanContext?.spanId);
  return parent ? depthOf(parent) + 1 : 0;
}

async function metricsOf(name: string): Promise<string> {
  const answer = await fetch(`${region.service(name).operationsUrl}/metrics`);
  expect(answer.status).toBe(200);
  return answer.text();
}
