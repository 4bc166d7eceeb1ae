import { kernelProblems } from '@millrace/contracts';
import { type Fault, Problem } from '@millrace/kernel';
import type { z } from 'zod';

/** Faults shown at once; the rest are only counted. */
const MAX_FAULTS = 50;

/** Parses `value`, or throws `kernel.invalid-input` with a pointer and a sentence for each fault, never the value. */
export function parseInput<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(faultsOf).slice(0, MAX_FAULTS);
  throw new Problem(kernelProblems.invalidInput, {
    errors,
    detail: `${errors.length === 1 ? 'One field is' : `${errors.length} things are`} not valid.`,
  });
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(token).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: `${path}${token(key.slice(0, 100))}`,
      message: 'is not a field of this request; leave it out',
    }));
  }
  return [{ path, message: sentenceOf(issue) }];
}

/** One step of a JSON Pointer (RFC 6901 §3). */
const token = (part: PropertyKey) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`;

function sentenceOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return `must be at least ${issue.minimum}${issue.origin === 'string' ? ' characters long' : ''}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
    case 'invalid_value':
      return issue.message.startsWith('Invalid')
        ? `must be one of: ${issue.values.map(String).join(', ')}`
        : issue.message;
    default:
      return issue.message.startsWith('Invalid') ? 'is not valid' : issue.message;
  }
}

const article = (noun: string) => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
