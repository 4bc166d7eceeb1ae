import { z } from 'zod';
import { f } from '../../field.js';
import { provider } from './provider.js';

/** The project that queries are billed to, and where its data lies. */
const Config = z.strictObject({ project: f.word(63), location: f.word(40).default('US') });

/** The key file of a service account, as Google gives it; the account needs BigQuery Data Viewer and BigQuery Job User. */
export const bigquery = provider(Config, {
  title: 'Google BigQuery',
  direct: {
    auth: 'service-account-key',
    credential: z.strictObject({ keyFile: f.secret(16_384) }),
    token: {
      kind: 'jwt-bearer',
      tokenUrl: 'https://oauth2.googleapis.com/token',
      // There is no narrower scope that may run queries (discovery document, jobs.insert); the roles make it read-only.
      scopes: ['https://www.googleapis.com/auth/bigquery'],
    },
  },
});
