import { identityProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/** 10^8 guesses, zxcvbn's "safely unguessable" against online attacks; slower hashing than it assumes does the rest. */
const LEAST_SCORE = 3;
/** Signs that are judged; what stands behind them only makes a password longer. Bounds the work to some 20 ms. */
const MAX_JUDGED = 100;
/** Parts of the address shorter than this say too little to be refused inside a password. */
const MIN_NAME_PART = 4;

/** What is wrong, by zxcvbn's name for it. */
const messages: Readonly<Record<string, string>> = {
  sequences: 'must not be a row of the alphabet or of the digits',
  straightRow: 'must not be a row of the keyboard',
  keyPattern: 'must not be a pattern on the keyboard',
  simpleRepeat: 'must not repeat the same sign',
  extendedRepeat: 'must not repeat the same part',
  recentYears: 'must not be little more than a year',
  dates: 'must not be little more than a date',
};
const GUESSED_FIRST = 'is, or is close to, one of the passwords that are known from breaches and guessed first';

let estimator: ZxcvbnFactory | undefined;

/** Its lists of breached passwords and names are unpacked with the first use. */
function estimatorOf(): ZxcvbnFactory {
  return (estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs }));
}

/** @throws Problem `identity.weak-password` saying what to change; the password is in no message */
export function checkPassword(password: string, email: string, minimumLength: number): void {
  const message = weakness(password, email, minimumLength);
  if (message) throw new Problem(identityProblems.weakPassword, { errors: [{ path: '/password', message }] });
}

function weakness(password: string, email: string, minimumLength: number): string | undefined {
  const signs = [...password.normalize('NFKC')];
  if (signs.length < minimumLength) return `must be at least ${minimumLength} characters long`;
  const name = email.split('@')[0]!.toLowerCase();
  const judged = signs.slice(0, MAX_JUDGED).join('');
  if (name.length >= MIN_NAME_PART && judged.toLowerCase().includes(name))
    return 'must not contain the name part of your e-mail address';
  const { score, feedback } = estimatorOf().check(judged, [name, ...email.split(/[@.]/)]);
  if (score >= LEAST_SCORE) return undefined;
  return messages[feedback.warning ?? ''] ?? GUESSED_FIRST;
}
