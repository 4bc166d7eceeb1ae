import { createHash, randomBytes } from 'node:crypto';
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
  const name = Buffer.from(field, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return createHash('sha256')
    .update(DOMAIN)
    .update(salt)
    .update(length)
    .update(name)
    .update(value, 'utf8')
    .digest('base64url');
}

/** Whether the value and salt are what the commitment stands for. */
export function verifyCommitment(personal: PersonalValue, commitment: string): boolean {
  try {
    return commitmentOf(personal) === commitment;
  } catch {
    return false;
  }
}
