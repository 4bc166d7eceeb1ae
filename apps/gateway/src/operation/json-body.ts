import { kernelProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { FastifyInstance } from 'fastify';

/** Largest body that the edge reads. */
export const MAX_BODY_BYTES = 256 * 1024;
/** Deepest nesting of a body; documents of the product need less than ten. Deeper ones would exhaust the validator's stack. */
const MAX_DEPTH = 64;

/** Bodies are JSON and nothing else; an empty one is no body. */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
    (_request, body, done) => {
      try {
        done(null, parseJson(body as string));
      } catch (error) {
        done(error as Error, undefined);
      }
    },
  );
}

/** @throws Problem `kernel.malformed-json`, or `kernel.invalid-input` for a body that is nested too deeply */
export function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  if (isDeeperThan(text, MAX_DEPTH)) {
    throw new Problem(kernelProblems.invalidInput, {
      errors: [{ path: '', message: `must not be nested more than ${MAX_DEPTH} levels deep` }],
    });
  }
  try {
    return JSON.parse(text, refusePrototype);
  } catch (cause) {
    // The parser's own message quotes the body, so it stays here.
    throw cause instanceof Problem ? cause : new Problem(kernelProblems.malformedJson);
  }
}

/** A key of this name would replace the prototype of whatever the object is copied onto. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key !== '__proto__') return value;
  throw new Problem(kernelProblems.invalidInput, {
    errors: [{ path: '', message: 'must not have a key named __proto__' }],
  });
}

function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') {
      if (++depth > limit) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}
