import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isGermanTaxId, passesLuhn, passesMod97 } from './checksum.js';

/** Every way to change one digit of a number. */
function misread(number: string): string[] {
  return [...number].flatMap((sign, at) =>
    /\d/.test(sign)
      ? [...'0123456789']
          .filter((digit) => digit !== sign)
          .map((digit) => number.slice(0, at) + digit + number.slice(at + 1))
      : [],
  );
}

describe('the check digits', () => {
  // Test numbers that the card networks and their processors publish.
  it.each([
    '4111111111111111',
    '5555555555554444',
    '378282246310005',
    '6011111111111117',
    '30569309025904',
    '79927398713',
  ])('of card %s', (number) => {
    expect(passesLuhn(number)).toBe(true);
    expect(misread(number).some(passesLuhn)).toBe(false);
  });

  // Examples of the SWIFT IBAN registry.
  it.each([
    'GB82WEST12345698765432',
    'DE89370400440532013000',
    'FR1420041010050500013M02606',
    'NO9386011117947',
    'MT84MALT011000012345MTLCAST001S',
  ])('of IBAN %s', (iban) => {
    expect(passesMod97(iban)).toBe(true);
    expect(misread(iban).some(passesMod97)).toBe(false);
  });

  it.each(['36574261809', '86095742719', '47036892816', '65929970489'])('of German tax id %s', (id) => {
    expect(isGermanTaxId(id)).toBe(true);
    expect(misread(id).some(isGermanTaxId)).toBe(false);
  });

  it('of the tax id ask for one repeated digit too', () => {
    expect(isGermanTaxId('36554266806')).toBe(false);
    expect(isGermanTaxId('01234567890')).toBe(false);
    expect(isGermanTaxId('12345678903')).toBe(false);
  });

  it('pass for one last digit in ten', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{11,17}$/), (start) => {
        expect([...'0123456789'].filter((digit) => passesLuhn(start + digit))).toHaveLength(1);
      }),
    );
  });
});
