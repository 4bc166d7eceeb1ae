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

/** `ciphertext`: what a worker may be given. `renewal`: what never leaves the vault but for the provider itself. */
type Part = 'ciphertext' | 'renewal';

const contextOf = (part: Part, identity: CredentialIdentity) => envelopeContext(credentials, part, identity);

/** Named texts such as `{ username, password }` or `{ token }`, none of which may be printed. */
export type Proof = Secret<Readonly<Record<string, string>>>;

/** What proves to a provider who we are. */
export interface Proofs {
  /** For workers; empty where no proof is asked for. */
  readonly leased: Proof;
  /** For the vault, where it renews or ends what workers get. */
  readonly renewal?: Proof;
  /** When `leased` ends by itself. */
  readonly expiresAt?: Date;
}

/** The envelopes of a credential, as its row holds them. */
export interface SealedProofs {
  readonly version: number;
  readonly ciphertext: Buffer;
  readonly renewal: Buffer | null;
  readonly expiresAt: Date | null;
}

export async function sealProofs(
  keys: OrganizationKeys,
  identity: CredentialIdentity,
  proofs: Proofs,
): Promise<SealedProofs> {
  const ciphertext = await sealPart(keys, 'ciphertext', identity, proofs.leased);
  const renewal = proofs.renewal ? await sealPart(keys, 'renewal', identity, proofs.renewal) : null;
  return { ciphertext, renewal, expiresAt: proofs.expiresAt ?? null, version: identity.version };
}

/** The plaintext is a JSON object in UTF-8. */
async function sealPart(keys: OrganizationKeys, part: Part, identity: CredentialIdentity, proof: Proof) {
  const plaintext = Buffer.from(JSON.stringify(proof.reveal()), 'utf8');
  try {
    return await keys.seal(identity.orgId, contextOf(part, identity), plaintext);
  } finally {
    plaintext.fill(0);
  }
}

/** The plaintext of what workers get; whoever calls this wipes it. */
export function openCredential(
  keys: OrganizationKeys,
  identity: CredentialIdentity,
  ciphertext: Buffer,
): Promise<Buffer> {
  return keys.open(identity.orgId, contextOf('ciphertext', identity), ciphertext);
}

/** What the vault renews or ends a credential with. */
export async function openRenewal(
  keys: OrganizationKeys,
  identity: CredentialIdentity,
  renewal: Buffer,
): Promise<Record<string, string>> {
  const plaintext = await keys.open(identity.orgId, contextOf('renewal', identity), renewal);
  try {
    return JSON.parse(plaintext.toString('utf8')) as Record<string, string>;
  } finally {
    plaintext.fill(0);
  }
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
