import { z } from 'zod';
import { f } from '../../field.js';
import { provider } from './provider.js';

/** API credentials of a Looker user; its rights are the user's. A login gives a token of about an hour (API 4.0). */
export const looker = provider(z.strictObject({ host: f.hostname() }), {
  title: 'Looker',
  direct: {
    auth: 'api-token',
    credential: z.strictObject({ username: f.label(200), password: f.secret() }),
    token: { kind: 'login', tokenUrl: ({ host }) => `https://${host}/api/4.0/login` },
  },
});
