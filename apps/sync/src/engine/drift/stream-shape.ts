import { createHash } from 'node:crypto';
import type { StreamSchema } from '@millrace/connector-sdk';

/** The types of a stream's fields, by name, in the source's own words. */
export type StreamShape = Readonly<Record<string, string>>;

export function shapeOf({ fields }: Pick<StreamSchema, 'fields'>): StreamShape {
  return Object.fromEntries(fields.map(({ name, sourceType }) => [name, sourceType]));
}

/** SHA-256 of a shape, whatever the order of its fields, in hex. */
export function shapeDigest(shape: StreamShape): string {
  const fields = Object.entries(shape).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}
