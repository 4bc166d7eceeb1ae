import { z } from 'zod';
import type { Caller } from './caller.js';
import { f } from './field.js';

/** How old the seal of a call may be; a call token lives as long. */
export const CALL_SEAL_SECONDS = 60;

/** Room for the secrets of the largest body that the edge reads, 256 KiB. */
const MAX_SEALED_BYTES = 256 * 1024;

/** The body of a call whose operation is `sealedTo` a context. */
export const SealedCall = z.strictObject({
  /** The input with null in the place of each secret. */
  input: z.json(),
  /** Which key of the context it was sealed to: the thumbprint of its public half. */
  keyId: f.fingerprint(),
  /** When it was sealed; bound to the ciphertext. */
  at: f.instant(),
  /** HPKE ciphertext of the JSON object of the secrets by their JSON Pointers, bound to {@link sealedCallInfo}. */
  sealed: f.sealed(MAX_SEALED_BYTES),
});
export type SealedCall = z.output<typeof SealedCall>;

/**
 * What the sealed secrets of a call are bound to: they open for no other operation, organization or request, and not once
 * they are old. The caller and the request are those of the call's signed token.
 */
export function sealedCallInfo(call: {
  readonly operation: string;
  readonly caller: Caller;
  readonly requestId: string;
  readonly at: string;
}): Record<string, string> {
  const { operation, caller, requestId, at } = call;
  return { use: 'sealed-call', operation, orgId: caller.kind === 'user' ? caller.orgId : '', requestId, at };
}
