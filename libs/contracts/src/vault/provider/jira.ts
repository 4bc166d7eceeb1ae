import { z } from 'zod';
import { f } from '../../field.js';
import { Account, hostAt, provider, textAt, Token } from './provider.js';

const CloudConfig = z.strictObject({
  /** The site's host, such as `acme.atlassian.net`. An API token needs it; of a grant that reaches several sites, it says which. */
  site: f.hostname().optional(),
  /** Atlassian's id of the site; learnt from the grant. */
  cloudId: f.word(64).optional(),
});

/** Jira Cloud: a grant (OAuth 2.0, "3LO") names no site, so the ones that it reaches are asked for. */
export const jira = provider(CloudConfig, {
  title: 'Jira Cloud',
  direct: { auth: 'api-token', credential: Account },
  oauth: {
    auth: 'oauth2-pkce',
    server: () => ({
      issuer: 'https://auth.atlassian.com',
      authorizationUrl: 'https://auth.atlassian.com/authorize',
      tokenUrl: 'https://auth.atlassian.com/oauth/token',
      // No revocation endpoint is documented: whoever gave the grant removes it in their Atlassian account.
    }),
    clientAuth: 'post',
    scopes: ['read:jira-work', 'read:jira-user'],
    renewalScope: 'offline_access',
    parameters: { audience: 'api.atlassian.com', prompt: 'consent' },
    identify: {
      from: 'resources',
      url: 'https://api.atlassian.com/oauth/token/accessible-resources',
      read: (entry) => {
        const site = hostAt(entry, 'url');
        return { account: site, config: { site, cloudId: textAt(entry, 'id') } };
      },
    },
  },
});

/** Jira Data Center: a server of the customer's, a personal access token, and no authorization server to ask. */
export const jiraDataCenter = provider(z.strictObject({ host: f.hostname() }), {
  title: 'Jira Data Center',
  charter: 'jira',
  direct: { auth: 'api-token', credential: Token, account: ({ host }) => host },
});
