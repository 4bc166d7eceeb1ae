import { z } from 'zod';
import { any, service, staff } from '../caller.js';
import { f } from '../field.js';
import { operation, post } from '../operation.js';

const answerable = any(service('operator'), staff('officer'));
const Standing = z.strictObject({
  userId: f.userId(),
  /** Since when it is frozen; absent when it is not. */
  frozenAt: f.instant().optional(),
});

export const freezeAccount = operation({
  name: 'identity.account.freeze',
  summary:
    'Freeze an account that is reported to be a child’s: nobody signs in to it and nothing is done with its data',
  http: post('/api/v1/staff/accounts/freeze'),
  input: z.strictObject({ email: f.email() }),
  output: Standing,
  access: answerable,
  audit: 'account.frozen',
});

export const unfreezeAccount = operation({
  name: 'identity.account.unfreeze',
  summary: 'Free a frozen account, when the report was wrong',
  http: post('/api/v1/staff/accounts/unfreeze'),
  input: z.strictObject({ email: f.email() }),
  output: Standing,
  access: answerable,
  audit: 'account.unfrozen',
});

export const readStanding = operation({
  name: 'identity.account.standing',
  summary: 'Whether an account is frozen',
  input: z.strictObject({ userId: f.userId() }),
  output: Standing,
  access: service('compliance'),
});
