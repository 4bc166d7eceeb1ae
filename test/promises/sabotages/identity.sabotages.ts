import { BCRYPT, RUN, waiting } from './rows.js';
import type { Sabotage } from './sabotage.js';

export const identitySabotages: readonly Sabotage[] = [
  {
    probe: 'identity.one-time-secrets',
    what: 'a link outlives its time',
    says: /secrets for sign-up live longer than P1D/,
    sql: {
      database: 'identity',
      breaks: `update one_time_secret set expires_at = expires_at + interval '30 days'`,
      repairs: `update one_time_secret set expires_at = expires_at - interval '30 days'`,
    },
  },
  {
    probe: 'identity.staff-access',
    what: 'somebody of the staff looked at a customer’s data alone',
    says: /1 looks at customers’ data had fewer than 2 people agree/,
    sql: {
      database: 'identity',
      breaks: `insert into staff_access (id, org_id, staff_id, reason, state, asked_at, approved_by, opened_at, ends_at)
          values (${RUN}, ${RUN}, ${RUN}, 'curiosity', 'open', now(), '[${RUN.replaceAll(`'`, '"')}]', now(), now() + interval '1 hour')`,
      repairs: `delete from staff_access where id = ${RUN}`,
    },
  },
  {
    probe: 'identity.staff-access',
    what: 'customers can no longer see who looked',
    says: /customers cannot see who looked/,
    sql: {
      database: 'identity',
      breaks: 'alter policy guard_1 on staff_access to identity_region',
      repairs: 'alter policy guard_1 on staff_access to identity_app',
    },
  },
  {
    probe: 'identity.staff-fields',
    what: 'accounts get a place for a title',
    says: /account\.title holds of everybody/,
    sql: {
      database: 'identity',
      breaks: 'alter table account add column title text',
      repairs: 'alter table account drop column title',
    },
  },
  {
    probe: 'identity.password-hashes',
    what: 'password hashes are replaced',
    says: /1 of 1 password hashes are not bcrypt/,
    sql: {
      database: 'identity',
      breaks: `update account set password_hash = 'md5' || password_hash`,
      repairs: 'update account set password_hash = substr(password_hash, 4)',
    },
  },
  {
    probe: 'identity.password-hashes',
    what: 'a sign-up waits with a password that is not hashed',
    says: /1 of 2 password hashes are not bcrypt/,
    sql: { database: 'identity', breaks: waiting('null', 'a quiet river of data'), repairs: 'delete from sign_up' },
  },
  {
    probe: 'identity.account-fields',
    what: 'a sign-up waits with a field that is not promised',
    says: /an account holds phone/,
    sql: { database: 'identity', breaks: waiting(`'+1 555 0100'`, BCRYPT), repairs: 'delete from sign_up' },
  },
  {
    probe: 'identity.account-fields',
    what: 'an account holds a field that is not promised',
    says: /an account holds phone/,
    sql: {
      database: 'identity',
      breaks: `update account set phone = '+1 555 0100'`,
      repairs: 'update account set phone = null',
    },
  },
];
