import { call, RUN } from './rows.js';
import type { Sabotage } from './sabotage.js';

export const dataSabotages: readonly Sabotage[] = [
  {
    probe: 'data.categories',
    what: 'a column is added of which nobody can tell what it holds',
    says: /nobody can tell what notifications holds in mail_job\.profile/,
    sql: {
      database: 'notifications',
      breaks: 'alter table mail_job add column profile jsonb',
      repairs: 'alter table mail_job drop column profile',
    },
  },
  {
    probe: 'data.categories',
    what: 'a service holds data of a category that nobody is told of',
    says: /identity holds preference data/,
    sql: {
      database: 'identity',
      breaks: `insert into choice (id, user_id, kind, agreed, chosen_at) select ${RUN}, id, 'marketing', true, now() from account limit 1`,
      repairs: `delete from choice where id = ${RUN}`,
    },
  },
  {
    probe: 'data.purposes',
    what: 'data goes out for a purpose that has no basis',
    says: /used for profiling, for which the charter has no basis/,
    sql: call('profiling', 'email'),
  },
  {
    probe: 'secrets.one-way',
    what: 'a hash is replaced by what it was made of',
    says: /1 of 1 values in identity\.account\.password_hash are no one-way hash/,
    sql: {
      database: 'identity',
      breaks: `update account set password_hash = 'md5' || password_hash`,
      repairs: 'update account set password_hash = substr(password_hash, 4)',
    },
  },
  {
    probe: 'schema.every-column-classified',
    what: 'a column is added that no declaration knows',
    says: /undeclared column account\.note/,
    sql: {
      database: 'identity',
      breaks: 'alter table account add column note text',
      repairs: 'alter table account drop column note',
    },
  },
  {
    probe: 'tenant.isolation',
    what: 'a policy opens a table to everybody',
    says: /opens vault\.connection/,
    sql: {
      database: 'vault',
      breaks: 'create policy leak on connection to vault_app using (true)',
      repairs: 'drop policy leak on connection',
    },
  },
  {
    probe: 'tenant.isolation',
    what: 'row-level security is switched off',
    says: /not forced on identity\.organization/,
    sql: {
      database: 'identity',
      breaks: 'alter table organization no force row level security',
      repairs: 'alter table organization force row level security',
    },
  },
  {
    probe: 'region.pinned',
    what: 'a database is moved to another region',
    says: /belongs to eu-west-1/,
    sql: {
      database: 'vault',
      breaks: `update region_identity set region = 'eu-west-1'`,
      repairs: `update region_identity set region = 'us-east-1'`,
    },
  },
];
