import { accounts } from './account/account.table.js';
import { signUps } from './account/sign-up.table.js';
import { signInAttempts } from './identity-provider/sign-in-attempt.table.js';
import { oneTimeSecrets } from './one-time/one-time-secret.table.js';
import { contracts } from './organization/contract.table.js';
import { invitations } from './organization/invitation.table.js';
import { memberships, organizations } from './organization/organization.table.js';
import {
  organizationDomains,
  organizationProviders,
  providerAccounts,
} from './organization-provider/organization-provider.table.js';
import { passkeyChallenges, passkeys } from './passkey/passkey.table.js';
import { appeals } from './password/appeal.table.js';
import { lockouts } from './password/lockout.table.js';
import { choices } from './preference/choice.table.js';
import { authenticators, recoveryCodes } from './second-factor/second-factor.table.js';
import { staff, staffInvitations, staffSessions } from './staff/staff.table.js';
import { staffAccesses } from './staff/staff-access.table.js';
import { apiTokens } from './token/api-token.table.js';
import { knownDevices, sessions } from './session/session.table.js';

/** In the order in which they refer to one another. */
export const tables = [
  organizations,
  contracts,
  accounts,
  memberships,
  invitations,
  organizationProviders,
  organizationDomains,
  providerAccounts,
  sessions,
  knownDevices,
  signUps,
  oneTimeSecrets,
  lockouts,
  authenticators,
  recoveryCodes,
  apiTokens,
  passkeys,
  passkeyChallenges,
  choices,
  appeals,
  signInAttempts,
  staff,
  staffSessions,
  staffInvitations,
  staffAccesses,
] as const;
