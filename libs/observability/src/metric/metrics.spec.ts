import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leaksIn, personal } from '../scrub/personal-data.corpus.js';
import { createMetrics, LABELS, PROCESS_LABELS } from './metrics.js';

const OUTCOMES = { outcome: ['ok', 'refused'] } as const;

describe('metrics', () => {
  it('render in the text format with the service on each series', async () => {
    const metrics = createMetrics({ service: 'gateway' });
    const requests = metrics.counter('millrace_requests_total', 'Requests answered.', {
      ...OUTCOMES,
      status: ['2xx', '4xx', '503'],
    });
    const time = metrics.histogram('millrace_request_seconds', 'Time to answer.', OUTCOMES, [0.1, 1]);
    metrics.gauge('millrace_queue_size', 'Work items waiting.', {}).set({}, 4);
    requests.add({ outcome: 'ok', status: 503 }, 2);
    time.observe({ outcome: 'ok' }, 0.5);
    const text = await metrics.render();
    expect(text).toContain('millrace_requests_total{outcome="ok",status="503",service="gateway"} 2');
    expect(text).toContain('millrace_request_seconds_bucket{le="1",service="gateway",outcome="ok"} 1');
    expect(text).toContain('millrace_queue_size{service="gateway"} 4');
    expect(metrics.contentType).toMatch(/^text\/plain/);
  });

  it.each(['userId', 'orgId', 'org_id', 'id', 'runId', 'email', 'path', 'host', 'service', 'version'])(
    'refuse the label %s',
    (label) => {
      const metrics = createMetrics({ service: 'sync' });
      expect(() => metrics.counter('millrace_x_total', 'x', { [label]: ['a'] })).toThrow('allow-list');
      expect(() => metrics.gauge('millrace_x', 'x', { [label]: ['a'] })).toThrow('allow-list');
      expect(() => metrics.histogram('millrace_x_seconds', 'x', { [label]: ['a'] })).toThrow('allow-list');
    },
  );

  it('have no label outside the allow-list, process metrics included', async () => {
    const metrics = createMetrics({ service: 'sync', process: true });
    metrics
      .counter('millrace_x_total', 'x', { operation: ['sync.run.start'], outcome: ['ok'] })
      .add({ operation: 'sync.run.start', outcome: 'ok' });
    metrics.histogram('millrace_x_seconds', 'x', OUTCOMES).observe({ outcome: 'ok' }, 1);
    const allowed = new Set<string>([...LABELS, ...PROCESS_LABELS, 'service', 'le']);
    const names = await metrics.labelNames();
    expect(Object.keys(names).length).toBeGreaterThan(15);
    expect(Object.entries(names).filter(([, labels]) => labels.some((label) => !allowed.has(label)))).toEqual([]);
    expect(names.millrace_x_total).toEqual(['operation', 'outcome', 'service']);
  });

  it('have no allowed label that reads like an id or a person', () => {
    expect(
      [...LABELS, ...PROCESS_LABELS].filter((label) =>
        /(?:^|_)(?:id|uuid|user|org|tenant|mail|email|name|ip|address|host|path|url)(?:_|$)|Id$/.test(label),
      ),
    ).toEqual([]);
  });

  it('count any value that was not declared as other, and print none of it', async () => {
    const metrics = createMetrics({ service: 'sync' });
    const counter = metrics.counter('millrace_x_total', 'x', OUTCOMES);
    const planted = fc.sample(personal, 1_000);
    for (const { value } of planted) counter.add({ outcome: value, [value]: value } as never);
    counter.add({} as never);
    const text = await metrics.render();
    expect(text).toContain('millrace_x_total{outcome="other",service="sync"} 1001');
    expect(text.match(/^millrace_x_total\{/gm)).toHaveLength(1);
    expect(planted.filter((value) => leaksIn(text, value).length > 0)).toEqual([]);
  });

  it('refuse a metric with too many series, an odd name, odd values, or the name of another', () => {
    const metrics = createMetrics({ service: 'sync' });
    const many = Array.from({ length: 99 }, (_, n) => `sync.op${String.fromCharCode(97 + (n % 26))}`);
    expect(() => metrics.counter('millrace_x_total', 'x', { operation: many, code: many })).toThrow('series');
    expect(() => metrics.counter('requests', 'x', {})).toThrow('named');
    expect(() => metrics.counter('millrace_x_total', 'x', { outcome: ['ada@example.com'] })).toThrow('closed word');
    expect(() =>
      metrics.counter('millrace_x_total', 'x', { outcome: ['0197f5a0-0000-7000-8000-000000000001'] }),
    ).toThrow('closed word');
    metrics.counter('millrace_x_total', 'x', {});
    expect(() => metrics.counter('millrace_x_total', 'x', {})).toThrow('already');
  });

  it('of two services in one process do not mix', async () => {
    const [first, second] = [createMetrics({ service: 'sync' }), createMetrics({ service: 'vault' })];
    first.counter('millrace_x_total', 'x', {}).add({});
    second.counter('millrace_x_total', 'x', {});
    await expect(first.render()).resolves.toContain('{service="sync"} 1');
    await expect(second.render()).resolves.toContain('{service="vault"} 0');
    expect(() => createMetrics({ service: 'Ada' })).toThrow('service');
  });
});
