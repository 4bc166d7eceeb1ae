import { z } from 'zod';
import { f } from '../../field.js';
import { provider, Token } from './provider.js';

const Config = z.strictObject({ host: f.hostname().default('cloud.getdbt.com'), accountId: f.word(20) });

/** A service token with the permission set "Job Viewer". */
export const dbt = provider(Config, {
  title: 'dbt Cloud',
  direct: { auth: 'api-token', credential: Token, account: ({ accountId }) => `account ${accountId}` },
});
