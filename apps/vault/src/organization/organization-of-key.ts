import { organizationKeyName } from '@millrace/crypto';
import { isId } from '@millrace/kernel';

const PREFIX = organizationKeyName('');

/** The organization whose key has this name; undefined for other keys. */
export function organizationOf(keyName: string): string | undefined {
  const orgId = keyName.slice(PREFIX.length);
  return keyName.startsWith(PREFIX) && isId(orgId) ? orgId : undefined;
}
