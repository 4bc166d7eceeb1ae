import { Problem } from '@millrace/kernel';
import { errorName } from '../field/error-codes.js';
import { passes } from '../field/field.js';
import { framesOf } from './frames.js';

/** How deep causes are followed. */
const MAX_CAUSES = 3;

/** An error without its message, its properties and its values: those can hold anything. */
export interface ErrorDescription {
  readonly name: string;
  /** The problem's code, or that of Node.js, PostgreSQL or NATS; undefined for any other. */
  readonly code?: string;
  /** `file:line:function`, innermost first. */
  readonly frames: readonly string[];
  readonly causes?: readonly ErrorDescription[];
}

/** Describes whatever was thrown; never throws itself. */
export function describeError(thrown: unknown, depth = 0): ErrorDescription {
  const error = thrown instanceof Error ? thrown : undefined;
  const code = thrown instanceof Problem ? thrown.kind.code : read(error, 'code');
  const stack = read(error, 'stack');
  const cause = read(error, 'cause');
  const deeper = cause !== undefined && depth < MAX_CAUSES ? describeError(cause, depth + 1) : undefined;
  return {
    name: thrown instanceof Problem ? 'Problem' : errorName(read(error, 'name')),
    ...(passes('code', code) ? { code: code as string } : {}),
    frames: typeof stack === 'string' ? framesOf(stack) : [],
    ...(deeper ? { causes: flattened(deeper) } : {}),
  };
}

function flattened({ causes = [], ...first }: ErrorDescription): ErrorDescription[] {
  return [first, ...causes];
}

/** A property that may be a getter which throws. */
function read(error: Error | undefined, property: string): unknown {
  try {
    return (error as unknown as Record<string, unknown> | undefined)?.[property];
  } catch {
    return undefined;
  }
}
