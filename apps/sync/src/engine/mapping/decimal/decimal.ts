/** A number of any length without rounding: `units` divided by ten to the power of `scale`. */
export interface Decimal {
  readonly units: bigint;
  /** Digits after the point; never negative. */
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?$/;

/** The number that a decimal text without an exponent stands for; undefined for NaN, infinities and other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (!match || (!match[2] && !match[3])) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

/** All digits, as many after the point as the scale says. */
export function decimalText({ units, scale }: Decimal): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return units < 0n ? `-${text}` : text;
}

/** Rounds to `scale` digits after the point, halves away from zero; adds zeros where there are fewer. */
export function rescale({ units, scale: from }: Decimal, scale: number): Decimal {
  if (scale >= from) return { units: units * 10n ** BigInt(scale - from), scale };
  const divisor = 10n ** BigInt(from - scale);
  const size = units < 0n ? -units : units;
  const rounded = (size * 2n + divisor) / (divisor * 2n);
  return { units: units < 0n ? -rounded : rounded, scale };
}

/** The greatest multiple of `size` that is not greater than the number. `size` is positive. */
export function floorTo(value: Decimal, size: Decimal): Decimal {
  const [number, step, scale] = aligned(value, size);
  const remainder = ((number % step) + step) % step;
  // Both are multiples of the size, so nothing is rounded here.
  return rescale({ units: number - remainder, scale }, size.scale);
}

/** Negative, zero or positive as `left` is less than, equal to or more than `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const [one, other] = aligned(left, right);
  return one < other ? -1 : one > other ? 1 : 0;
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const [one, other, scale] = aligned(left, right);
  return { units: one + other, scale };
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { units: left.units * right.units, scale: left.scale + right.scale };
}

export function negated({ units, scale }: Decimal): Decimal {
  return { units: -units, scale };
}

function aligned(left: Decimal, right: Decimal): [left: bigint, right: bigint, scale: number] {
  const scale = Math.max(left.scale, right.scale);
  return [left.units * 10n ** BigInt(scale - left.scale), right.units * 10n ** BigInt(scale - right.scale), scale];
}
