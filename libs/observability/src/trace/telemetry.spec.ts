import { afterEach, describe, expect, it } from '@jest/globals';
import { context, propagation, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { newId, Problem, problem } from '@millrace/kernel';
import fc from 'fast-check';
import { createLogger } from '../log/logger.js';
import { leaksIn, personal } from '../scrub/personal-data.corpus.js';
import { extract, inContext, inject } from './propagation.js';
import { withSpan } from './span.js';
import { startTelemetry, type Telemetry } from './telemetry.js';

let telemetry: Telemetry | undefined;
afterEach(() => telemetry?.stop());

function started(): { telemetry: Telemetry; spans: () => ReadableSpan[] } {
  const exporter = new InMemorySpanExporter();
  telemetry = startTelemetry({ exporter });
  return { telemetry, spans: () => exporter.getFinishedSpans() };
}

/** Everything a span exporter could send, as text. */
const textOf = (spans: ReadableSpan[]) =>
  JSON.stringify(spans.map((span) => ({ ...span, context: span.spanContext() })));

describe('spans', () => {
  it('nest, say their service, and carry fields of the closed set', async () => {
    const { telemetry, spans } = started();
    const orgId = newId();
    await withSpan(telemetry.tracer('gateway'), 'identity.profile.update', { orgId }, () =>
      withSpan(telemetry.tracer('identity'), 'persistence.transaction', { count: 2 }, () => undefined, {
        kind: 'client',
      }),
    );
    const [inner, outer] = spans() as [ReadableSpan, ReadableSpan];
    expect(inner).toMatchObject({
      name: 'persistence.transaction',
      attributes: { count: 2, 'service.name': 'identity' },
    });
    expect(outer).toMatchObject({ name: 'identity.profile.update', attributes: { orgId, 'service.name': 'gateway' } });
    expect(inner.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(Object.keys(outer.resource.attributes)).not.toEqual(expect.arrayContaining(['host.name']));
  });

  it('end with the code of an error and without its message, and let it through', async () => {
    const { telemetry, spans } = started();
    const error = new Problem(problem('vault.connection-revoked', 409, 'Revoked', 'x'), { detail: 'ada@example.com' });
    await expect(withSpan(telemetry.tracer('vault'), 'vault.lease', {}, () => Promise.reject(error))).rejects.toBe(
      error,
    );
    expect(spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { code: 'vault.connection-revoked' },
    });
    expect(textOf(spans())).not.toContain('ada@');
  });

  it('let no personal data out, however it was put in', async () => {
    const { telemetry, spans } = started();
    await fc.assert(
      fc.asyncProperty(personal, async (value) => {
        const text = value.value;
        await withSpan(
          telemetry.tracer('sync'),
          text,
          { [text]: text, operation: text, runId: text } as never,
          (span) => {
            span
              .setAttribute(text, text)
              .setAttribute('operation', text)
              .setAttribute('code', [text] as never);
            span.addEvent(text, { [text]: text }).setStatus({ code: SpanStatusCode.ERROR, message: text });
            span.recordException(new Error(text));
            span.updateName(`user ${text}`);
            span.addLink({ context: span.spanContext(), attributes: { text } });
          },
        );
        expect({ value, leaks: leaksIn(textOf(spans().slice(-1)), value) }).toEqual({ value, leaks: [] });
      }),
      { numRuns: 500 },
    );
    expect(spans()).toHaveLength(500);
  });

  it('let no personal data out through a tracer that a library made', () => {
    const { spans } = started();
    trace
      .getTracer('Lovelace', 'Lovelace')
      .startSpan('lovelace@example.com', { attributes: { 'db.statement': 'Lovelace' } })
      .end();
    expect(textOf(spans())).not.toMatch(/lovelace/i);
    expect(spans()[0]).toMatchObject({ name: 'unnamed', droppedAttributesCount: 1 });
  });

  it('give their ids to log lines, even when nothing is exported', async () => {
    telemetry = startTelemetry();
    const lines: string[] = [];
    const log = createLogger({ service: 'sync', destination: { write: (line) => void lines.push(line) } });
    const ids = await withSpan(telemetry.tracer('sync'), 'sync.run.start', {}, (span) => {
      log.info('inside');
      return span.spanContext();
    });
    log.info('outside');
    expect(JSON.parse(lines[0]!)).toMatchObject({ traceId: ids.traceId, spanId: ids.spanId });
    expect(JSON.parse(lines[1]!)).not.toHaveProperty('traceId');
  });

  it('can be started again after a stop, and know the services of the product only', async () => {
    const first = started();
    await first.telemetry.stop();
    const second = started();
    await withSpan(second.telemetry.tracer('sync'), 'sync.run.start', {}, () => undefined);
    expect([first.spans().length, second.spans().length]).toEqual([0, 1]);
    expect(() => second.telemetry.tracer('Ada')).toThrow('service');
  });
});

describe('propagation', () => {
  it('continues a trace on the other side of a plain map of headers', async () => {
    const { telemetry, spans } = started();
    const tracer = telemetry.tracer('gateway');
    const headers = await withSpan(tracer, 'identity.profile.update', {}, () => inject({ 'x-deadline': '5000' }), {
      kind: 'client',
    });
    expect(Object.keys(headers)).toEqual(['x-deadline', 'traceparent']);
    await withSpan(telemetry.tracer('identity'), 'identity.profile.update', {}, () => undefined, {
      kind: 'server',
      parent: extract(headers),
    });
    const [client, server] = spans() as [ReadableSpan, ReadableSpan];
    expect(server.spanContext().traceId).toBe(client.spanContext().traceId);
    expect(server.parentSpanContext).toMatchObject({ spanId: client.spanContext().spanId, isRemote: true });
  });

  it('refuses baggage in both directions', async () => {
    const { telemetry } = started();
    const baggage = propagation.createBaggage({ email: { value: 'ada@example.com' } });
    await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
      withSpan(telemetry.tracer('sync'), 'sync.run.start', {}, () => {
        const own: Record<string, string> = { Baggage: 'email=ada@example.com', tracestate: 'v=ada' };
        expect(Object.keys(inject(own))).toEqual(['traceparent']);
        const sdk: Record<string, string> = {};
        propagation.inject(context.active(), sdk);
        expect(sdk).toEqual({});
      }),
    );
    const received = extract({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      baggage: 'email=ada@example.com',
      tracestate: 'v=ada',
    });
    expect(propagation.getBaggage(received)).toBeUndefined();
    expect(trace.getSpanContext(received)).toEqual({
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
      isRemote: true,
    });
  });

  it('ignores what is no traceparent', () => {
    const valid = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const odd = [
      '',
      'x',
      `${valid}-x`,
      valid.toUpperCase(),
      valid.replace('00-', '01-'),
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      ` ${valid}`,
    ];
    expect(odd.filter((traceparent) => trace.getSpanContext(extract({ traceparent })) !== undefined)).toEqual([]);
    expect(trace.getSpanContext(extract({ traceparent: [valid, valid] }))).toBeUndefined();
    expect(extract({})).toBe(ROOT_CONTEXT);
  });

  it('injects nothing outside a span', () => {
    started();
    expect(inject({})).toEqual({});
    expect(inContext(extract({ traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` }), () => inject({}))).toEqual({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
    });
  });
});
