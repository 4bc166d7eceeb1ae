import { InvalidArgumentError } from 'commander';

/** An option that takes a whole number from 1 to `most`. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${most}.`);
  };
}
