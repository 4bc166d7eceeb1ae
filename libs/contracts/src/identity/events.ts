import { event } from '../event.js';
import { f } from '../field.js';

export const organizationCreated = event('identity.organization.created', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
});
export const organizationClosed = event('identity.organization.closed', 1, { orgId: f.id('organization') });
export const accountErased = event('identity.account.erased', 1, { orgId: f.id('organization'), userId: f.userId() });
/** Something the account's owner should know about: the notifications service writes to them. */
export const securityAlerted = event('identity.security.alerted', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
  alert: f.oneOf('locked-out', 'sign-up-with-known-address'),
});
