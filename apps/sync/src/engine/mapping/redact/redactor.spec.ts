import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { REDACTIONS } from '../../document/field-step.js';
import { stepped } from '../mapping.fixture.js';
import { redactor } from './redactor.js';

const clean = redactor(REDACTIONS);

describe('redact replaces', () => {
  it.each([
    ['write to jane.doe+x@mail.example.co.uk.', 'write to [email].'],
    ['<JÖRG@BÜCHER.example>,a@b.de', '<[email]>,[email]'],
    ['IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF', 'IBAN [iban] BIC COBADEFF'],
    ['gb82west12345698765432', '[iban]'],
    ['card 4111 1111 1111 1111, exp 12/27', 'card [card], exp 12/27'],
    ['378282246310005', '[card]'],
    ['5555-5555-5555-4444', '[card]'],
    ['SSN 078-05-1120', 'SSN [national-id]'],
    ['NI AB 12 34 56 C and ab123456c', 'NI [national-id] and [national-id]'],
    ['IdNr. 36 574 261 809', 'IdNr. [national-id]'],
    ['call +49 (0)30 1234-5678 or 0171/1234567', 'call [phone] or [phone]'],
    ['(555) 123-4567, 555-123-4567', '[phone], [phone]'],
    ['0044 20 7946 0958', '[phone]'],
    ['😀a@b.de😀', '😀[email]😀'],
  ])('%j', (text, result) => expect(clean(text)).toBe(result));
});

describe('redact leaves', () => {
  it.each([
    ['card', 'order 4111 1111 1111 1112, 1111111111111117, 41111111111111110000'],
    ['iban', 'DE88 3704 0044 0532 0130 00, DE89 3704 0044 0532 0130 001, ZZ89 3704 0044 0532 0130 00'],
    ['national-id', '666-05-1120, 900-05-1120, 078-00-1120, 078-05-0000, 078051120'],
    ['national-id', 'BG 12 34 56 C, AB 12 34 56 E, XAB123456C, 36 574 261 808'],
    ['phone', 'on 01.02.2024 and 2024-01-02 and 1/2/24, 0.1234567 and 3.14159265'],
    ['phone', 'year 2024, 12345, +1234, 123456789012345678'],
    ['email', 'a@b, @example.org, a@b.c, a@@b.de'],
    ['email', ''],
  ] as const)('as no %s: %j', (kind, text) => expect(redactor([kind])(text)).toBe(text));
});

describe('redact', () => {
  it('looks for the chosen kinds only', () => {
    const text = 'jane@example.org 4111111111111111';
    expect(stepped([{ redact: ['card'] }], text)).toBe('jane@example.org [card]');
    expect(stepped([{ redact: ['email'] }], text)).toBe('[email] 4111111111111111');
    expect(stepped(['redact'], text)).toBe('[email] [card]');
    expect(stepped(['redact'], null)).toBeNull();
  });

  it('finds an address anywhere in any text', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(clean(`${before} jane@example.org ${after}`)).not.toContain('jane@example.org');
      }),
    );
  });

  it.each(['a', '1', '1 ', 'a@', 'A1', '(1', '+', 'a.', 'DE'])(
    'takes time in proportion to a long text of %j',
    (unit) => {
      const text = unit.repeat(200_000);
      const started = performance.now();
      clean(text);
      expect(performance.now() - started).toBeLessThan(10_000);
    },
  );
});
