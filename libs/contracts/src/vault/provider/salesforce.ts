import { z } from 'zod';
import { f } from '../../field.js';
import { hostAt, provider } from './provider.js';

/** The domain that a kind of org signs in at. */
const loginHosts = { production: 'login.salesforce.com', sandbox: 'test.salesforce.com' } as const;

const Config = z.strictObject({
  environment: f.oneOf('production', 'sandbox').default('production'),
  /** The org's own host, such as `acme.my.salesforce.com`. Salesforce says it; given, the grant must be for this one. */
  site: f.hostname().optional(),
});

/** Endpoints: the org's OpenID metadata (`/.well-known/openid-configuration`), which names a revocation endpoint too. */
export const salesforce = provider(Config, {
  title: 'Salesforce',
  oauth: {
    auth: 'oauth2-pkce',
    server: ({ environment }) => {
      const origin = `https://${loginHosts[environment]}`;
      return {
        issuer: origin,
        authorizationUrl: `${origin}/services/oauth2/authorize`,
        tokenUrl: `${origin}/services/oauth2/token`,
        revocation: { url: `${origin}/services/oauth2/revoke`, by: 'token' },
      };
    },
    clientAuth: 'post',
    scopes: ['api'],
    renewalScope: 'refresh_token',
    // Salesforce names no lifetime: it is the session timeout of the org, fifteen minutes at the least.
    defaultLifeSeconds: 900,
    identify: {
      from: 'token',
      read: (answer) => {
        const site = hostAt(answer, 'instance_url');
        return { account: site, config: { site } };
      },
    },
  },
});
