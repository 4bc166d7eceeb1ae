import { createHash, createHmac } from 'node:crypto';
import { deriveKey } from '@millrace/crypto';
import type { Secret } from '@millrace/kernel';

/** Below the domain, so that its other text records stay as they are (RFC 8552). */
const LABEL = '_millrace';

/** What an organization publishes to show that a domain is its own. It follows from both, so nothing of it is stored. */
export class DomainRecords {
  private readonly key: Buffer;

  constructor(regionKey: Secret<Buffer>) {
    this.key = deriveKey(regionKey.reveal(), 'domain-record');
  }

  of(orgId: string, domain: string): { readonly name: string; readonly value: string } {
    const token = createHmac('sha256', this.key).update(`${orgId}/${domain}`).digest('base64url');
    return { name: `${LABEL}.${domain}`, value: `millrace-domain=${token}` };
  }
}

/** Under what a verified domain is found. */
export const domainKey = (domain: string) => createHash('sha256').update(`domain/${domain}`).digest();

/** The domain of an address, as it is compared. */
export const domainOf = (email: string) => email.slice(email.lastIndexOf('@') + 1).toLowerCase();
