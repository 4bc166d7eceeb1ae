import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { parsePipeline } from '../../apps/sync/src/engine/document/parse-pipeline.js';

const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guide/pipelines.md'), 'utf8');
const examples = [...guide.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);

describe('the guide to ways of moving', () => {
  it('shows documents that are in form', () => {
    expect(examples).toHaveLength(2);
    expect(examples.map((text) => parsePipeline(parse(text)).faults)).toEqual([undefined, undefined]);
  });
});
