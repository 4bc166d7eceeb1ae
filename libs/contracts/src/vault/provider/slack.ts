import { z } from 'zod';
import { provider, textAt } from './provider.js';

/** A workspace. Its token lives until it is revoked, unless the app has token rotation switched on. */
export const slack = provider(z.strictObject({}), {
  title: 'Slack',
  oauth: {
    auth: 'oauth2',
    server: () => ({
      issuer: 'https://slack.com',
      authorizationUrl: 'https://slack.com/oauth/v2/authorize',
      tokenUrl: 'https://slack.com/api/oauth.v2.access',
      revocation: { url: 'https://slack.com/api/auth.revoke', by: 'bearer' },
    }),
    clientAuth: 'basic',
    scopes: ['channels:read', 'users:read'],
    scopeSeparator: ',',
    identify: { from: 'token', read: (answer) => ({ account: textAt(answer, 'team', 'name') }) },
  },
});
