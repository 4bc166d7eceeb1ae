import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Slab } from '../batch/slab.js';
import { numericFromText, numericText, writeNumeric } from './numeric.js';
import { dateFromText } from './temporal.js';

const written = (write: (out: Slab) => unknown) => {
  const out = new Slab(64);
  return write(out) === undefined ? out.bytes.subarray(0, out.end).toString('hex') : 'refused';
};
const cast = (text: string) => written((out) => numericFromText(Buffer.from(text), 0, text.length, out));

/** Numbers that are short enough for the way without a text in between. */
const short = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.stringMatching(/^\d{0,6}$/),
    fc.constantFrom('', '.'),
    fc.stringMatching(/^\d{0,5}$/),
  )
  .map((parts) => parts.join(''));

describe('the short way of a number', () => {
  it('gives the same bytes as the long one', () => {
    fc.assert(
      fc.property(short, (text) => {
        expect([text, cast(text)]).toEqual([text, written((out) => writeNumeric(text, out))]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('reads back to the digits that were written', () => {
    const digits = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 14 }));
    fc.assert(
      fc.property(digits, ([value, scale]) => {
        const padded = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
        const point = padded.length - scale;
        const magnitude = scale === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`;
        const text = value < 0n ? `-${magnitude}` : magnitude;
        const out = new Slab(64);
        writeNumeric(text, out);
        expect(numericText(out.bytes, 4)).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the short way of a date', () => {
  it('gives the same bytes as the long one, and refuses the same', () => {
    const part = (width: number) => fc.nat({ max: 10 ** width - 1 }).map((value) => String(value).padStart(width, '0'));
    const day = (text: string) => written((out) => dateFromText(Buffer.from(text), 0, text.length, out));
    fc.assert(
      fc.property(part(4), part(2), part(2), (year, month, date) => {
        // With a leading zero the year takes the long way.
        expect(day(`${year}-${month}-${date}`)).toBe(day(`0${year}-${month}-${date}`));
      }),
      { numRuns: 2_000 },
    );
    expect(day('2024-02-29')).not.toBe('refused');
    expect(day('2023-02-29')).toBe('refused');
    expect(day('2023/02-28')).toBe('refused');
  });
});
