/** What an account's owner is told of, whoever did it. Each has a mail and a line in the inbox. */
export const securityAlerts = [
  'locked-out',
  'lockout-lifted',
  'sign-up-with-known-address',
  'new-device',
  'password-changed',
  'email-change-requested',
  'session-replayed',
  'authenticator-added',
  'authenticator-removed',
  'recovery-code-used',
  'passkey-added',
  'provider-set',
  'provider-removed',
  'domain-lapsed',
] as const;
export type SecurityAlert = (typeof securityAlerts)[number];
