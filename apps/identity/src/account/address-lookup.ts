import { createLookupHash, normaliseEmail } from '@millrace/crypto';
import type { Secret } from '@millrace/kernel';

/** Turns an e-mail address into the keyed hash under which its owner is found. */
export class AddressLookup {
  private readonly hash: (value: string) => string;

  constructor(regionKey: Secret<Buffer>) {
    this.hash = createLookupHash(regionKey.reveal()) as (value: string) => string;
  }

  of(email: string): Buffer {
    return Buffer.from(this.hash(normaliseEmail(email)), 'hex');
  }
}
