import { forgetRun, forgetSalesforce, resultOf, RUN, runOf, salesforce } from './rows.js';
import type { Sabotage } from './sabotage.js';

export const vaultSabotages: readonly Sabotage[] = [
  {
    probe: 'vault.ways-in',
    what: 'a connection rests on a token that somebody typed in',
    says: /1 connections of salesforce are made by api-token/,
    sql: { database: 'vault', breaks: salesforce('active', 'api-token'), repairs: forgetSalesforce },
  },
  {
    probe: 'vault.grants-ended',
    what: 'a grant was never ended at its provider',
    says: /1 grants could not be ended/,
    sql: {
      database: 'vault',
      breaks: salesforce('revoked', 'oauth2-pkce', `'given-up'`),
      repairs: forgetSalesforce,
    },
  },
  {
    probe: 'vault.grants-ended',
    what: 'nobody is about to end a grant',
    says: /nobody is about to end 1 grants/,
    sql: {
      database: 'vault',
      breaks: salesforce('revoked', 'oauth2-pkce', `'pending'`),
      repairs: forgetSalesforce,
    },
  },
  {
    probe: 'connector.forgotten',
    what: 'a removed connection was used',
    says: /1 connections of salesforce were used after their removal/,
    sql: {
      database: 'vault',
      breaks: `${salesforce('revoked')}; insert into lease_log (id, org_id, connection_id, grant_id, purpose, worker_key, at, expires_at)
          values (${RUN}, ${RUN}, ${RUN}, ${RUN}, 'inspect', 'worker', now(), now())`,
      repairs: forgetSalesforce,
    },
  },
  {
    probe: 'connector.forgotten',
    what: 'cached results of a removed connection are left',
    says: /1 cached results of removed salesforce connections are left/,
    sql: {
      database: 'sync',
      breaks: `${runOf('cancelled', 'salesforce')}; ${resultOf(20, `now() - interval '31 days'`)}`,
      repairs: `${forgetRun}; delete from pipeline where id = ${RUN}`,
    },
  },
  {
    probe: 'vault.ciphertexts-aes256',
    what: 'a credential is stored in the clear',
    says: /not-an-envelope/,
    sql: {
      database: 'vault',
      breaks: `update credential set ciphertext = '\\x00' || ciphertext`,
      repairs: 'update credential set ciphertext = substring(ciphertext from 2)',
    },
  },
  {
    probe: 'vault.use-after-revoke',
    what: 'a revoked connection keeps its credential',
    says: /still stored after their time/,
    sql: {
      database: 'vault',
      breaks: `update connection set state = 'revoked', revoked_at = now() - interval '400 days'`,
      repairs: `update connection set state = 'active', revoked_at = null`,
    },
  },
  {
    probe: 'vault.connection-columns',
    what: 'connections get a column for the account’s address',
    says: /undeclared column oauth_email/,
    sql: {
      database: 'vault',
      breaks: 'alter table connection add column oauth_email text',
      repairs: 'alter table connection drop column oauth_email',
    },
  },
  {
    probe: 'vault.grant-scopes',
    what: 'a grant carries a permission that is not promised',
    says: /a grant of salesforce carries full/,
    sql: {
      database: 'vault',
      breaks: `${salesforce('active')}; update connection set scopes = '["api", "full"]' where id = ${RUN}`,
      repairs: forgetSalesforce,
    },
  },
];
