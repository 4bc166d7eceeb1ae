import { addDecimals, type Decimal } from '../mapping/decimal/decimal.js';
import { decimalOf, decimalOfUnits, GREATEST_POWER, LEAST_POWER, type NumberReading } from './number-reading.js';

const POWERS = GREATEST_POWER - LEAST_POWER + 1;

/** A sum of whole and decimal numbers without any rounding: doubles while they are exact, then whole numbers of any length. */
export class ExactSum {
  private readonly units = new Float64Array(POWERS);
  private rest: Decimal = { units: 0n, scale: 0 };

  add(reading: NumberReading): void {
    if (reading.wide) {
      this.rest = addDecimals(this.rest, reading.wide);
      return;
    }
    const index = reading.power - LEAST_POWER;
    const sum = this.units[index]! + reading.units;
    if (Number.isSafeInteger(sum)) this.units[index] = sum;
    else this.rest = addDecimals(this.rest, decimalOf(reading));
  }

  get total(): Decimal {
    return this.units.reduce(
      (sum, units, index) => addDecimals(sum, decimalOfUnits(BigInt(units), index + LEAST_POWER)),
      this.rest,
    );
  }
}

/** A sum of doubles whose error does not grow with their number (Neumaier's compensation). */
export class FloatSum {
  private sum = 0;
  private lost = 0;

  add({ approximate: value }: NumberReading): void {
    const next = this.sum + value;
    this.lost += Math.abs(this.sum) >= Math.abs(value) ? this.sum - next + value : value - next + this.sum;
    this.sum = next;
  }

  get total(): number {
    return this.sum + this.lost;
  }
}
