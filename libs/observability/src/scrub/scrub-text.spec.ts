import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leaksIn, recognisable } from './personal-data.corpus.js';
import { scrubText } from './scrub-text.js';

const around = fc.constantFrom('', ' ', 'to ', 'value: ', '(', '"', '\n', 'for user=', '/', '—');

describe('scrubText', () => {
  it('leaves nothing of a recognisable value, wherever it stands in a text', () => {
    fc.assert(
      fc.property(recognisable, around, around, (value, before, after) => {
        const scrubbed = scrubText(`could not send ${before}${value.value}${after} today`);
        expect({ scrubbed, leaks: leaksIn(scrubbed, value) }).toEqual({ scrubbed, leaks: [] });
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves the messages of the product readable', () => {
    const messages = [
      'run finished',
      'listening',
      'could not connect, trying again',
      'error report was not delivered',
      'outbox relay stopped',
      '2 of 5 workers are ready',
      'TLS 1.2 or newer is required',
      'partition abandoned: lease expired',
    ];
    expect(messages.map(scrubText)).toEqual(messages);
  });

  it('cuts a text of any length in a bounded time', () => {
    for (const unit of ['a', '1 ', '@', '1a', ':', '"', '=password ', 'ab:', 'AB12 ', '-----BEGIN ']) {
      const started = performance.now();
      expect(scrubText(unit.repeat(500_000)).length).toBeLessThan(4_000);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});
