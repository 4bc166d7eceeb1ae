import { identityProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';

/** At least this many different characters; NIST SP 800-63B §3.1.1.2 asks to refuse repetitive and sequential passwords. */
const MIN_DISTINCT = 5;
/** Parts of the address shorter than this say too little to be refused inside a password. */
const MIN_NAME_PART = 4;
const SEQUENCES = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm'];

/** @throws Problem `identity.weak-password` saying what to change; the password is in no message */
export function checkPassword(password: string, email: string, minimumLength: number): void {
  const message = weakness(password, email, minimumLength);
  if (message) throw new Problem(identityProblems.weakPassword, { errors: [{ path: '/password', message }] });
}

function weakness(password: string, email: string, minimumLength: number): string | undefined {
  const lower = password.normalize('NFKC').toLowerCase();
  if ([...password].length < minimumLength) return `must be at least ${minimumLength} characters long`;
  if (new Set(lower).size < MIN_DISTINCT) return `must have at least ${MIN_DISTINCT} different characters`;
  const name = email.split('@')[0]!.toLowerCase();
  if (name.length >= MIN_NAME_PART && lower.includes(name))
    return 'must not contain the name part of your e-mail address';
  if (SEQUENCES.some((sequence) => isRunOf(lower, sequence)))
    return 'must not be a row of the keyboard, the alphabet or the digits';
  return undefined;
}

/** Whether the password is one sequence, forwards or backwards, from wherever it starts, repeated. */
function isRunOf(password: string, sequence: string): boolean {
  const reversed = [...sequence].reverse().join('');
  return [sequence, reversed].some((one) => one.repeat(Math.ceil(password.length / one.length) + 1).includes(password));
}
