import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stepped } from '../mapping.fixture.js';

const FAMILY = '👩‍👩‍👧';
const E_ACUTE = 'e\u0301';

describe('trim', () => {
  it.each([
    ['', ''],
    ['  a b\t\r\n', 'a b'],
    ['\u00a0\u3000x\ufeff', 'x'],
    ['\u200bx', '\u200bx'],
  ])('makes %j %j', (text, result) => expect(stepped(['trim'], text)).toBe(result));
});

describe('case', () => {
  it.each([
    ['upper', 'straße \u0390', 'STRASSE \u0399\u0308\u0301'],
    ['lower', 'ΟΔΟΣ İI', 'οδος i̇i'],
    ['title', "o'NEILL jean-luc ÉMILE 3rd 𐐨x", "O'neill Jean-Luc Émile 3rd 𐐀x"],
    ['title', `${E_ACUTE}tude`, 'E\u0301tude'],
    ['title', '', ''],
  ])('%s of %j', (to, text, result) => expect(stepped([{ case: to }], text)).toBe(result));
});

describe('replace', () => {
  it.each([
    [{ text: '-', with: '' }, '1-2-3', '123'],
    [{ text: '.', with: ',' }, 'a.b', 'a,b'],
    [{ text: 'aa', with: 'a' }, 'aaaa', 'aa'],
    [{ text: 'a', with: '$1$&' }, 'a', '$1$&'],
    [{ text: 'x', with: 'y' }, '', ''],
    [{ pattern: '[^0-9]+', with: '' }, '+49 (0) 30', '49030'],
    [{ pattern: '(\\w+), (\\w+)', with: '$2 $1' }, 'Doe, Jane', 'Jane Doe'],
    [{ pattern: '€', with: '$$' }, '5€', '5$'],
    [{ pattern: '(a)(b)?', with: '<$2>' }, 'ac', '<>c'],
    [{ pattern: 'a+', with: '[$0]' }, 'baac', 'b[aa]c'],
    [{ pattern: '\\p{Lu}', with: '*' }, 'Ärger', '*rger'],
    [{ pattern: '^', with: '>' }, 'x', '>x'],
    [{ pattern: '.', with: 'x' }, '😀', 'x'],
  ])('%j of %j', (settings, text, result) => expect(stepped([{ replace: settings }], text)).toBe(result));

  it('takes time in proportion to the text, whatever the pattern', () => {
    expect(stepped([{ replace: { pattern: '(a+)+b', with: '' } }], 'a'.repeat(20_000))).toHaveLength(20_000);
  });

  it('refuses a result that no record could hold', () => {
    const text = 'a'.repeat(1_000_000);
    expect(stepped([{ replace: { text: 'a', with: 'b'.repeat(100) } }], text)).toBe('! too-long');
    expect(stepped([{ replace: { pattern: 'a', with: 'b'.repeat(100) } }], text)).toBe('! too-long');
    expect(stepped([{ replace: { pattern: 'a*', with: '$0'.repeat(500) } }], 'a'.repeat(65_536))).toHaveLength(
      65_536 * 500,
    );
  });
});

describe('split', () => {
  it.each([
    [{ separator: ',', index: 0 }, 'a,b,c', 'a'],
    [{ separator: ',', index: -1 }, 'a,b,c', 'c'],
    [{ separator: ',', index: 1 }, 'a,,c', ''],
    [{ separator: ',', index: 3 }, 'a,b,c', null],
    [{ separator: ',', index: -4 }, 'a,b,c', null],
    [{ separator: ',', index: 0 }, '', ''],
    [{ separator: '@', index: 1 }, 'jane@example.org', 'example.org'],
    [{ separator: '😀', index: 1 }, 'a😀b', 'b'],
  ])('%j of %j is %j', (settings, text, result) => expect(stepped([{ split: settings }], text)).toBe(result));
});

describe('substring', () => {
  it.each([
    [{ start: 0, length: 3 }, 'abcdef', 'abc'],
    [{ start: 2 }, 'abcdef', 'cdef'],
    [{ start: -2 }, 'abcdef', 'ef'],
    [{ start: -9, length: 2 }, 'abc', 'ab'],
    [{ start: 9 }, 'abc', ''],
    [{ start: 0, length: 0 }, 'abc', ''],
    [{ start: 1, length: 1 }, `a${FAMILY}b`, FAMILY],
    [{ start: 0, length: 1 }, `${E_ACUTE}tude`, E_ACUTE],
    [{ start: -1 }, 'x\ud83d\ude00', '😀'],
  ])('%j of %j', (settings, text, result) => expect(stepped([{ substring: settings }], text)).toBe(result));

  it('never leaves half a character', () => {
    const text = fc.string({ unit: 'grapheme-composite', maxLength: 20 });
    fc.assert(
      fc.property(text, fc.nat(10), fc.nat(10), (given, start, length) => {
        const head = stepped([{ substring: { start: 0, length: start } }], given)!;
        const middle = stepped([{ substring: { start, length } }], given)!;
        const tail = stepped([{ substring: { start: start + length } }], given)!;
        expect(head + middle + tail).toBe(given);
        expect(`${head}${middle}`.isWellFormed()).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe('steps', () => {
  it('are applied in order, and null passes them', () => {
    const steps = [
      'trim',
      { case: 'upper' },
      { replace: { text: '-', with: '' } },
      { split: { separator: ' ', index: 0 } },
    ];
    expect(stepped(steps, ' ab-c d ')).toBe('ABC');
    expect(stepped(steps, null)).toBeNull();
    expect(stepped([{ split: { separator: ',', index: 5 } }, 'trim', { default: '?' }, { case: 'upper' }], 'a')).toBe(
      '?',
    );
  });

  it('take a very long text', () => {
    const text = `${'ä'.repeat(3_000_000)} `;
    expect(stepped(['trim', { case: 'upper' }], text)).toBe('Ä'.repeat(3_000_000));
  });

  it('on text ask the source for the text of any other kind', () => {
    expect(stepped([{ substring: { start: 0, length: 4 } }], '2024-02-29', 'date')).toBe('2024');
    expect(
      stepped([{ replace: { text: '.', with: ',' } }], '12345678901234567890123456789012345678.5', 'numeric'),
    ).toBe('12345678901234567890123456789012345678,5');
  });
});
