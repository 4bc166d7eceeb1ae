import type { Environment } from '@marcbachmann/cel-js';
import {
  addDecimals,
  compareDecimals,
  type Decimal,
  decimalText,
  multiplyDecimals,
  negated,
  parseDecimal,
  rescale,
} from '../decimal/decimal.js';

const INT64 = 2n ** 63n;

/** An exact number in expressions: what a `numeric` field is there. */
export class CelDecimal {
  constructor(readonly value: Decimal) {}
}

/** Raised by our own functions; its message never shows. */
class NoResult extends Error {}

const of = (value: Decimal) => new CelDecimal(value);
const ofInteger = (value: bigint) => of({ units: value, scale: 0 });

/**
 * Teaches expressions exact numbers: `+ - *`, comparisons with one another and with whole numbers, `decimal(…)` from a
 * text or a whole number, `round(x, digits)`, and the way out by `string`, `int` (whole numbers only) and `double`.
 * Division is missing, because its result need not end.
 */
export function registerDecimal(environment: Environment): void {
  environment.registerType('decimal', { ctor: CelDecimal, fields: {} });
  for (const [left, right] of [
    ['decimal', 'decimal'],
    ['decimal', 'int'],
    ['int', 'decimal'],
  ] as const) {
    const exact = (side: string) =>
      side === 'int' ? (value: bigint) => ofInteger(value) : (value: CelDecimal) => value;
    const [a, b] = [exact(left) as (value: unknown) => CelDecimal, exact(right) as (value: unknown) => CelDecimal];
    const result = (sign: string, compute: (one: Decimal, other: Decimal) => Decimal) =>
      environment.registerOperator(`${left} ${sign} ${right}: decimal`, (x: unknown, y: unknown) =>
        of(compute(a(x).value, b(y).value)),
      );
    const test = (sign: string, holds: (order: number) => boolean) =>
      environment.registerOperator(`${left} ${sign} ${right}: bool`, (x: unknown, y: unknown) =>
        holds(compareDecimals(a(x).value, b(y).value)),
      );
    result('+', addDecimals);
    result('-', (one, other) => addDecimals(one, negated(other)));
    result('*', multiplyDecimals);
    test('<', (order) => order < 0);
    test('<=', (order) => order <= 0);
    test('>', (order) => order > 0);
    test('>=', (order) => order >= 0);
    // Equality works both ways once it is known for one.
    if (left === 'decimal') test('==', (order) => order === 0);
  }
  registerConversions(environment);
}

function registerConversions(environment: Environment): void {
  environment
    .registerFunction('decimal(string): decimal', (text: string) => {
      const value = parseDecimal(text.trim());
      if (!value) throw new NoResult();
      return of(value);
    })
    .registerFunction('decimal(int): decimal', ofInteger)
    .registerFunction('string(decimal): string', ({ value }: CelDecimal) => decimalText(value))
    .registerFunction('double(decimal): double', ({ value }: CelDecimal) => Number(decimalText(value)))
    .registerFunction('int(decimal): int', ({ value }: CelDecimal) => {
      const { units } = rescale(value, 0);
      if (rescale({ units, scale: 0 }, value.scale).units !== value.units || units >= INT64 || units < -INT64)
        throw new NoResult();
      return units;
    })
    .registerFunction('round(decimal, int): decimal', ({ value }: CelDecimal, digits: bigint) => {
      if (digits < 0n || digits > 100n) throw new NoResult();
      return of(rescale(value, Number(digits)));
    });
}
