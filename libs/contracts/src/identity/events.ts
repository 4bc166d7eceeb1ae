import { event } from '../event.js';
import { f } from '../field.js';
import { oneTimePurposes } from './one-time-operations.js';
import { securityAlerts } from './security-alerts.js';

export const organizationCreated = event('identity.organization.created', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
});
export const organizationClosed = event('identity.organization.closed', 1, { orgId: f.id('organization') });
/** Somebody no longer belongs to an organization: they left or were removed. */
export const memberLeft = event('identity.member.left', 1, { orgId: f.id('organization'), userId: f.userId() });
export const accountErased = event('identity.account.erased', 1, { orgId: f.id('organization'), userId: f.userId() });
/** A mail with a one-time secret is to be sent; the secret itself is made when it is. */
export const oneTimeSecretRequested = event('identity.one-time-secret.requested', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
  secretId: f.id('one-time-secret'),
  purpose: f.oneOf(...oneTimePurposes),
});
/** A customer's data was opened to one of the staff. */
export const staffAccessOpened = event('identity.staff-access.opened', 1, {
  orgId: f.id('organization'),
  accessId: f.id('staff-access'),
});
/** Something the account's owner should know about: the notifications service writes to them. */
export const securityAlerted = event('identity.security.alerted', 1, {
  orgId: f.id('organization'),
  userId: f.userId(),
  alert: f.oneOf(...securityAlerts),
});
