import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parsePipeline } from '../../apps/sync/src/engine/document/parse-pipeline.js';
import { validatePipeline } from '../../apps/sync/src/engine/mapping/validate-pipeline.js';
import { field, streamOf } from '../../apps/sync/src/engine/mapping/mapping.fixture.js';

const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guide/metrics.md'), 'utf8');
const [example] = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

const ORDERS = {
  ...streamOf([
    field('status', 'text'),
    field('country', 'text'),
    field('customer', 'text'),
    field('total', 'numeric'),
    field('placed', 'timestamptz'),
    field('shipped', 'timestamptz'),
  ]),
  name: 'public.orders',
};

describe('the guide to metrics', () => {
  it('shows every statistic in a definition that fits', () => {
    const { document, faults } = parsePipeline({
      version: 1,
      name: 'orders',
      source: { connection: 'a' },
      target: { connection: 'b' },
      streams: [
        { from: 'public.orders', to: 'o', key: ['id'], fields: ORDERS.fields.map(({ name }) => ({ from: name })) },
      ],
      metrics: parse(example!),
    });
    expect(faults).toBeUndefined();
    expect(validatePipeline(document!, { streams: [ORDERS] }, { streams: [] })).toEqual([]);
  });
});
