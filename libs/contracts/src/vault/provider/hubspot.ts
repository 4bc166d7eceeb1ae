import { z } from 'zod';
import { f } from '../../field.js';
import { provider, textAt } from './provider.js';

const Config = z.strictObject({
  /** HubSpot's number of the account; learnt from the grant. Given, the grant must be for this one. */
  portal: f.word(20).optional(),
});

/** The dated OAuth API (`/oauth/2026-03`): the first version ends on 2027-02-16. */
export const hubspot = provider(Config, {
  title: 'HubSpot',
  oauth: {
    auth: 'oauth2',
    server: () => ({
      issuer: 'https://app.hubspot.com',
      authorizationUrl: 'https://app.hubspot.com/oauth/authorize',
      tokenUrl: 'https://api.hubapi.com/oauth/2026-03/token',
      // The dated API documents none yet; deleting the refresh token by the first version's address is what HubSpot offers.
      revocation: { url: 'https://api.hubapi.com/oauth/v1/refresh-tokens/', by: 'path' },
    }),
    clientAuth: 'post',
    scopes: ['crm.objects.contacts.read', 'crm.objects.companies.read', 'crm.objects.deals.read'],
    identify: {
      from: 'token',
      read: (answer) => {
        const portal = textAt(answer, 'hub_id');
        return { account: portal && `account ${portal}`, config: portal ? { portal } : {} };
      },
    },
  },
});
