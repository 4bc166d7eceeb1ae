import type { Secret } from '@millrace/kernel';
import { envelopeContext } from '../organization/envelope-context.js';
import type { OrganizationKeys } from '../organization/organization-keys.js';
import { credentials } from './credential.table.js';

export const FIRST_VERSION = 1;

/** Which credential an envelope is: it opens for no other organization, connection or version. */
export interface CredentialIdentity {
  readonly orgId: string;
  readonly connectionId: string;
  readonly version: number;
}

const contextOf = (identity: CredentialIdentity) => envelopeContext(credentials, 'ciphertext', identity);

/** What proves to a provider who we are; nothing where no proof is asked for. */
export type Proof = { readonly username: string; readonly password: Secret } | undefined;

/** The envelope of a credential; its plaintext is the JSON object `{ username, password }`, or an empty one, in UTF-8. */
export async function sealCredential(
  keys: OrganizationKeys,
  identity: CredentialIdentity,
  proof: Proof,
): Promise<Buffer> {
  const shown = proof ? { username: proof.username, password: proof.password.reveal() } : {};
  const plaintext = Buffer.from(JSON.stringify(shown), 'utf8');
  try {
    return await keys.seal(identity.orgId, contextOf(identity), plaintext);
  } finally {
    plaintext.fill(0);
  }
}

/** The plaintext of a credential; whoever calls this wipes it. */
export function openCredential(
  keys: OrganizationKeys,
  identity: CredentialIdentity,
  ciphertext: Buffer,
): Promise<Buffer> {
  return keys.open(identity.orgId, contextOf(identity), ciphertext);
}

/**
 * What a lease seals: the credential's JSON with `fieldKey` appended, joined as bytes, because a text that once held
 * the password could not be wiped.
 */
export function withFieldKey(credential: Buffer, fieldKey: Buffer): Buffer {
  const opened = credential.subarray(0, credential.lastIndexOf('}'));
  const comma = opened.length > 1 ? ',' : '';
  return Buffer.concat([opened, Buffer.from(`${comma}"fieldKey":"${fieldKey.toString('base64url')}"}`)]);
}
