import { personal, plain, type Row, secret, table } from '@millrace/privacy';

const meaning = { category: 'security-log', purposes: ['security'], retention: 'session', onErase: 'delete' } as const;

/** A signed-in browser or tool. The token is with its holder; here is its hash only. */
export const sessions = table(
  'session',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId(meaning),
    orgId: plain.tenant(),
    tokenHash: secret.digest('sha-256', { retention: 'session' }, { unique: true }),
    /** The token before the last rotation. Whoever shows it later than a moment after that has stolen or kept an old one. */
    replacedTokenHash: secret.digest('sha-256', { retention: 'session' }, { unique: true, nullable: true }),
    rotatedAt: plain.instant({ nullable: true }),
    device: personal.text(60, meaning, { nullable: true }),
    /** Whether a second factor or a passkey was shown when it began. */
    isStrong: plain.boolean({ default: 'false' }),
    /** The organization whose identity provider began it, if one did. */
    providerOrgId: plain.uuid({ nullable: true }),
    createdAt: plain.instant(),
    /** When the person last showed who they are. */
    confirmedAt: plain.instant(),
    lastSeenAt: plain.instant(),
    /** The absolute end; the idle end is counted from `lastSeenAt`. */
    expiresAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }, { tenant: true }, { possession: 'tokenHash' }, { possession: 'replacedTokenHash' }],
    indexes: [['userId']],
    retention: { rule: 'session', from: 'expiresAt' },
  },
);

/** Whether nothing but an organization's provider has said whose a session is: the person has shown nothing of their own. */
export function isByProviderAlone({
  providerOrgId,
  createdAt,
  confirmedAt,
}: Pick<Row<typeof sessions>, 'providerOrgId' | 'createdAt' | 'confirmedAt'>): boolean {
  return providerOrgId !== null && confirmedAt <= createdAt;
}

/** Browsers and tools that a person has signed in from; another one is worth a mail. */
export const knownDevices = table(
  'known_device',
  {
    userId: personal.userId({ ...meaning, retention: 'security-log' }, { primary: true }),
    device: personal.text(60, { ...meaning, retention: 'security-log' }, { primary: true }),
    lastSeenAt: plain.instant(),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    retention: { rule: 'security-log', from: 'lastSeenAt' },
  },
);
