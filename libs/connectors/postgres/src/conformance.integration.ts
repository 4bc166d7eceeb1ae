import { describe, expect, it } from '@jest/globals';
import { conformance } from '@millrace/connector-sdk/conformance';
import { postgresSandbox } from './sandbox.fixture.js';

const { applied, notApplied } = conformance(
  [
    'source',
    'target',
    'key-order',
    'filter',
    'request-projection',
    'estimates',
    'cursor',
    'append',
    'upsert',
    'update',
    'replace',
    'counts-writes',
    'network',
    'credential',
    'grows',
  ],
  postgresSandbox,
);

describe('the PostgreSQL connector', () => {
  it.each(applied.map((one) => [one.name, one] as const))('%s', (_name, { run }) => run());

  it('is asked for everything but what it does not declare', () => {
    expect(notApplied).toEqual([
      'refuses a filter that it cannot keep, rather than read too much',
      'finds the place behind every batch of its own order again',
      'keeps a place while the stream grows, and reads what came since',
      'reads to the end that was fixed at the start, not to where the stream grew',
      'refuses to go on in a stream that did more than grow',
      'renews an expired token once, and reads on',
      'does not renew a token for ever',
      'waits as long as a limit says',
      'hands a limit that is far off to the planner',
      'asks again when the server fails for a moment',
      'asks again for an answer that broke off',
      'never takes an answer that breaks off for the whole',
      'never takes JSON that ends too early for the whole',
      'refuses garbage and repeats nothing of it',
      'follows no link to a host that is not its own',
      'refuses every mode that it does not declare',
    ]);
  });
});
