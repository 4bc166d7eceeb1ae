import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = { category: 'credential', purposes: ['security'], retention: 'account', onErase: 'delete' } as const;

/** A passkey: the public half of a key that never leaves the person's devices. */
export const passkeys = table(
  'passkey',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId(meaning),
    name: personal.text(60, meaning),
    /** By which a sign-in finds it. */
    credentialHash: secret.digest('sha-256', { retention: 'account' }, { unique: true }),
    /** What the browser knows it by, base64url. */
    credentialId: plain.word(1_400),
    /** COSE. */
    publicKey: plain.bytes(),
    /** Rises with each use where the authenticator counts; one that falls was copied (WebAuthn §6.1.1). */
    signCount: plain.bigint(),
    transports: plain.json<string[]>(),
    createdAt: plain.instant(),
    lastUsedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }, { possession: 'credentialHash' }],
    references: { userId: 'account' },
    indexes: [['userId']],
    retention: { livesWith: 'account' },
  },
);

/** A question that a passkey is to answer, once. */
export const passkeyChallenges = table(
  'passkey_challenge',
  {
    challengeHash: secret.digest('sha-256', { retention: 'auth-token' }, { primary: true }),
    /** Who adds a passkey; for a sign-in, of which nobody knows yet whose, an id made of the challenge. */
    holderId: personal.userId({ ...meaning, category: 'security-log', retention: 'auth-token' }),
    expiresAt: plain.instant(),
  },
  {
    subject: 'holderId',
    guards: [{ subject: 'holderId' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
