import { domainToASCII } from 'node:url';
import { createFieldHasher, deriveKey, type FieldHash } from './field-hasher.js';

/**
 * The form of an e-mail address under which people are looked up: trimmed, NFKC, lower case in both parts, the domain in
 * its ASCII form. Local parts are case-sensitive by RFC 5321, but no provider of note tells them apart, and somebody
 * who asks for their data must be found however the address was typed.
 */
export function normaliseEmail(email: string): string {
  const text = lower(email).trim();
  const at = text.lastIndexOf('@');
  if (at < 0) return text;
  const domain = text.slice(at + 1);
  return `${text.slice(0, at)}@${domainToASCII(domain) || domain}`;
}

/** The lookup key of an address: HMAC-SHA-256 in hex. See {@link createLookupHash} where many are made. */
export function lookupHash(regionKey: Uint8Array, normalisedEmail: string): string {
  return createLookupHash(regionKey)(normalisedEmail);
}

/** {@link lookupHash} with the key prepared once. The key used is derived from `regionKey` for this purpose alone. */
export function createLookupHash(regionKey: Uint8Array): FieldHash {
  return createFieldHasher(deriveKey(regionKey, 'lookup/email'));
}

/**
 * NFKC after lower-casing too: lower-casing can leave a decomposed letter behind. A capital sigma becomes one small
 * letter or the other by its place in the word, so both are read as one, as Unicode's case folding does.
 */
function lower(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}
