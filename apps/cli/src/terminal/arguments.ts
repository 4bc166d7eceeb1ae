import { InvalidArgumentError } from 'commander';

/** An option that takes a whole number from 1 to 64. */
export function positiveCount(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number;
  throw new InvalidArgumentError('It takes a whole number from 1 to 64.');
}
