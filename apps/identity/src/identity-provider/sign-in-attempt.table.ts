import { personal, plain, secret, table } from '@millrace/privacy';

const meaning = {
  category: 'security-log',
  purposes: ['security'],
  retention: 'auth-token',
  onErase: 'delete',
} as const;

/**
 * Somebody was sent to an identity provider and has not come back. Verifier and nonce follow from the state, which only
 * the browser has. Nobody's account belongs to it yet: an id made of the state stands for whoever shows it.
 */
export const signInAttempts = table(
  'sign_in_attempt',
  {
    holderId: personal.userId(meaning, { primary: true }),
    stateHash: secret.digest('sha-256', { retention: 'auth-token' }, { unique: true }),
    /** The cookie of the browser that began. */
    browserHash: secret.digest('sha-256', { retention: 'auth-token' }),
    /** Whose provider it is; none for the operator's own, at which its staff sign in. */
    providerOrgId: plain.uuid({ nullable: true }),
    /** Whether they said that they are old enough for an account. */
    ofAge: plain.boolean({ default: 'false' }),
    /** Of staff: what makes the first of them an operator. */
    invitationHash: secret.digest('sha-256', { retention: 'auth-token' }, { nullable: true }),
    expiresAt: plain.instant(),
    usedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'holderId',
    guards: [{ subject: 'holderId' }],
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
