import { roles } from '@millrace/contracts';
import { personal, plain, secret, table } from '@millrace/privacy';

/** Somebody who was asked to join. The secret of the mailed link is made when the mail is sent. */
export const invitations = table(
  'invitation',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    email: personal.email({
      category: 'contact',
      purposes: ['account', 'communication'],
      retention: 'auth-token',
      onErase: 'delete',
      of: 'inviteeId',
    }),
    /** Stands for the address until there is an account; names nobody. */
    inviteeId: plain.uuid(),
    role: plain.oneOf(roles),
    secretHash: secret.digest('hmac-sha-256', { retention: 'auth-token' }, { nullable: true, unique: true }),
    createdAt: plain.instant(),
    expiresAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }, { possession: 'secretHash' }],
    unique: [['orgId', 'emailLookup']],
    references: { orgId: 'organization' },
    retention: { rule: 'auth-token', from: 'expiresAt' },
  },
);
