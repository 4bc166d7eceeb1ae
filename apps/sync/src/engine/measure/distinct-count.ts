import type { FoldBudget } from './fold-budget.js';

/** Different values up to which the count is exact. */
export const EXACT_UP_TO = 1_024;

const HIGH = 4_294_967_296;
/** The print's lower half gives the register by its upper bits; all bits below them and the upper half give the rank. */
const REGISTER_BITS = 12;
const REGISTERS = 2 ** REGISTER_BITS;
const LOW_BITS = 32 - REGISTER_BITS;
const HIGH_BITS = 21;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
/** Below this the count of empty registers tells more. */
const LINEAR_BELOW = 2.5 * REGISTERS;

/** Counts different prints: exactly while they are few, then by a HyperLogLog of 4,096 registers (standard error 1.6%). */
export class DistinctCount {
  private few: Set<number> | undefined = new Set();
  private registers: Uint8Array | undefined;

  constructor(private readonly budget: FoldBudget) {}

  /** @throws TooWide */
  add(print: number): void {
    if (this.registers) return note(this.registers, print);
    const few = this.few!;
    if (few.has(print)) return;
    this.budget.takePrint();
    few.add(print);
    if (few.size > EXACT_UP_TO) this.sketch(few);
  }

  get count(): number {
    return this.registers ? estimate(this.registers) : this.few!.size;
  }

  private sketch(few: Set<number>): void {
    this.budget.takeSketch();
    this.registers = new Uint8Array(REGISTERS);
    for (const print of few) note(this.registers, print);
    this.budget.givePrints(few.size);
    this.few = undefined;
  }
}

function note(registers: Uint8Array, print: number): void {
  const low = print % HIGH;
  const high = (print - low) / HIGH;
  const register = low >>> LOW_BITS;
  const rank =
    high > 0
      ? Math.clz32(high) - (32 - HIGH_BITS) + 1
      : HIGH_BITS + Math.min(Math.clz32((low << REGISTER_BITS) | 0), LOW_BITS) + 1;
  if (rank > registers[register]!) registers[register] = rank;
}

function estimate(registers: Uint8Array): number {
  let [sum, empty] = [0, 0];
  for (const rank of registers) {
    sum += 2 ** -rank;
    if (rank === 0) empty++;
  }
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  return Math.round(raw <= LINEAR_BELOW && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw);
}
