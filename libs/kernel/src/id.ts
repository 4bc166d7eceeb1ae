import { randomFillSync } from 'node:crypto';
import { systemClock, type Clock } from './clock.js';

const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * A new UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then 74 random bits.
 * Sorting ids sorts rows by creation time to the millisecond.
 */
export function newId(clock: Clock = systemClock): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(clock.now().getTime(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Whether `value` is a UUID in its canonical lower-case form. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && PATTERN.test(value);
}
