import {
  CALL_SEAL_SECONDS,
  type Caller,
  kernelProblems,
  type Operation,
  SealedCall,
  sealedCallInfo,
  secretPaths,
} from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import type { CallSeals } from './ports.js';

/** Clocks of two machines may differ by this much. */
const AHEAD_MS = 5_000;

/** The call that secrets are sealed for; both sides have it from the call token. */
export interface SealedFor {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly requestId: string;
}

/** The body of a call of an operation that is `sealedTo` a context: its secrets are taken out and sealed together. */
export async function sealCall(
  input: unknown,
  { operation, caller, requestId }: SealedFor,
  seals: CallSeals,
  clock: Clock,
): Promise<SealedCall> {
  const rest = structuredClone(input) as SealedCall['input'];
  const places = placesOf(operation, rest);
  const secrets = new Map(places.map(({ pointer, holder, key }) => [pointer, holder[key]]));
  for (const { holder, key } of places) holder[key] = null;
  const at = clock.now().toISOString();
  const plaintext = Buffer.from(JSON.stringify(Object.fromEntries(secrets)), 'utf8');
  try {
    const info = sealedCallInfo({ operation: operation.name, caller, requestId, at });
    return { input: rest, at, ...(await seals.seal(operation.sealedTo!, plaintext, info)) };
  } finally {
    plaintext.fill(0);
  }
}

/**
 * Undoes {@link sealCall}: the input as the caller gave it.
 * @throws Problem `kernel.not-sealed` for a secret in clear, and for a seal that is old, was changed, or was made for
 * another operation, organization, request or key
 */
export async function openCall(
  body: unknown,
  { operation, caller, requestId }: SealedFor,
  seals: CallSeals,
  clock: Clock,
): Promise<unknown> {
  const parsed = SealedCall.safeParse(body);
  if (!parsed.success) throw new Problem(kernelProblems.notSealed);
  const { input, keyId, at, sealed } = parsed.data;
  const ageMs = clock.now().getTime() - new Date(at).getTime();
  if (!(ageMs >= -AHEAD_MS && ageMs <= CALL_SEAL_SECONDS * 1_000)) throw new Problem(kernelProblems.notSealed);
  const info = sealedCallInfo({ operation: operation.name, caller, requestId, at });
  const plaintext = await seals.open(keyId, sealed, info);
  try {
    const secrets = new Map(Object.entries(JSON.parse(plaintext.toString('utf8')) as Record<string, unknown>));
    const places = placesOf(operation, input);
    const matches = places.every(({ pointer, holder, key }) => holder[key] === null && secrets.has(pointer));
    if (!matches || places.length !== secrets.size) throw new Problem(kernelProblems.notSealed);
    for (const { pointer, holder, key } of places) holder[key] = secrets.get(pointer);
    return input;
  } finally {
    plaintext.fill(0);
  }
}

/** Where a value holds a secret. */
interface Place {
  readonly pointer: string;
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesOf(operation: Operation, value: unknown): Place[] {
  return secretPaths(operation.input).flatMap((path) => follow(value, path.split('/').slice(1), ''));
}

function follow(value: unknown, [step, ...rest]: readonly string[], at: string): Place[] {
  if (typeof value !== 'object' || value === null || step === undefined) return [];
  const holder = value as Record<string, unknown>;
  const keys = step === '*' ? Object.keys(holder) : Object.hasOwn(holder, step) ? [step] : [];
  return keys
    .filter((key) => holder[key] !== undefined)
    .flatMap((key) => {
      const pointer = `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return rest.length === 0 ? [{ pointer, holder, key }] : follow(holder[key], rest, pointer);
    });
}
