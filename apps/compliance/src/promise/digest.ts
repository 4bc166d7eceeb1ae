import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';

/** Lower-case hexadecimal SHA-256 of a value's canonical JSON (RFC 8785). */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? 'null')
    .digest('hex');
}
