import { z } from 'zod';
import { f } from '../../field.js';
import { provider, Token } from './provider.js';

/** A restricted key with read permission on the objects that are synced, and no other. */
export const stripe = provider(z.strictObject({ mode: f.oneOf('live', 'test').default('live') }), {
  title: 'Stripe',
  direct: { auth: 'api-token', credential: Token, account: ({ mode }) => `${mode} account` },
});
