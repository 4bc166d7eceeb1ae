import { hash, randomBytes } from 'node:crypto';
import { LedgerError } from '../ledger-error.js';

export const SALT_BYTES = 32;
/** Longest personal value in UTF-8: room for a user agent string. */
export const MAX_PERSONAL_BYTES = 4_096;

const DOMAIN = Buffer.from('millrace/ledger/commitment/v1\0', 'latin1');

/** A personal value with its salt: what opens a commitment. Deleting both blanks the field and leaves the leaf valid. */
export interface PersonalValue {
  readonly field: string;
  readonly value: string;
  /** {@link SALT_BYTES} random bytes, never used twice. */
  readonly salt: Buffer;
}

/** A value with a new salt and the commitment to it. */
export function commitTo(field: string, value: string): { commitment: string; personal: PersonalValue } {
  const personal = { field, value, salt: randomBytes(SALT_BYTES) };
  return { commitment: commitmentOf(personal), personal };
}

/**
 * SHA-256(domain || salt || length of field as u32 || field || value) in base64url. Without the 256-bit salt nothing can
 * be tried against it, not even all telephone numbers. Throws `entry-invalid` for a value that is too long or ill-formed.
 */
export function commitmentOf({ field, value, salt }: PersonalValue): string {
  if (!value.isWellFormed() || !field.isWellFormed() || Buffer.byteLength(value) > MAX_PERSONAL_BYTES) {
    throw new LedgerError('entry-invalid', 'A personal value is too long or not well-formed text');
  }
  if (salt.length !== SALT_BYTES) throw new LedgerError('entry-invalid', `A salt has ${SALT_BYTES} bytes`);
  return commitmentOfBytes(field, Buffer.from(value, 'utf8'), salt);
}

/** What is hashed next: the domain stays in front. Room for the longest value and field; longer ones get a buffer of their own. */
const scratch = Buffer.concat([DOMAIN], DOMAIN.length + SALT_BYTES + 4 + 256 + MAX_PERSONAL_BYTES);

/** The same for a value that is known to be well-formed UTF-8 of a legal length, as a database that checked it gives it. */
export function commitmentOfBytes(field: string, value: Uint8Array, salt: Uint8Array): string {
  const name = Buffer.from(field, 'utf8');
  const size = DOMAIN.length + SALT_BYTES + 4 + name.length + value.length;
  const message = size <= scratch.length ? scratch.subarray(0, size) : Buffer.concat([DOMAIN], size);
  message.set(salt, DOMAIN.length);
  message.writeUInt32BE(name.length, DOMAIN.length + SALT_BYTES);
  message.set(name, DOMAIN.length + SALT_BYTES + 4);
  message.set(value, size - value.length);
  return hash('sha256', message, 'base64url');
}

/** Whether the value and salt are what the commitment stands for. */
export function verifyCommitment(personal: PersonalValue, commitment: string): boolean {
  try {
    return commitmentOf(personal) === commitment;
  } catch {
    return false;
  }
}
