import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { probeCatalogue, type ProbeName } from '@millrace/charter';
import {
  addConnection,
  charterWithEveryProbe,
  type EdgeSabotage,
  promiseOf,
  type PromiseRegion,
  startPromiseRegion,
} from './promise-region.js';

/** One way to break what a probe watches, from outside the services, and the way back. */
interface Sabotage {
  readonly probe: ProbeName;
  /** The promise that must turn. Default: the one that is made for the probe. */
  readonly promise?: string;
  readonly what: string;
  /** What the board must say then. */
  readonly says: RegExp;
  readonly sql?: { readonly database: string; readonly breaks: string; readonly repairs: string };
  readonly edge?: EdgeSabotage;
}

const RUN = `'00000000-0000-7000-8000-000000000001'`;

/** A result of a metric, and the pipeline that it is of. */
const resultOf = (people: number, removedAt: string) => `
  insert into pipeline (id, org_id, name, version, digest, document, source_connection_id, target_connection_id, source_provider, target_provider, created_at, updated_at)
    values (${RUN}, ${RUN}, 'p', 1, '', '{}', ${RUN}, ${RUN}, 'postgres', 'postgres', now(), now());
  insert into metric_result (id, org_id, pipeline_id, source_connection_id, metric, digest, run_id, partition_id, result, suppressed_groups, minimum_group_size, computed_at, is_current, removed_at)
    values (${RUN}, ${RUN}, ${RUN}, ${RUN}, 'm', '', ${RUN}, ${RUN}, '{"groups":[],"values":["n"],"rows":[{"keys":[],"values":[1],"people":${people}}]}', 0, 20, now(), true, ${removedAt})`;

const BCRYPT = `$2b$12$${'a'.repeat(53)}`;

/** A sign-up that nobody has confirmed yet. */
const waiting = (phone: string, passwordHash: string) => `
  insert into sign_up (user_id, org_id, email, email_lookup, password_hash, pepper_version, phone, created_at, expires_at)
    values (${RUN}, ${RUN}, 'waiting@example.com', decode(repeat('00', 32), 'hex'), '${passwordHash}', 1, ${phone}, now(), now() + interval '1 day')`;

const sabotages: readonly Sabotage[] = [
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
      breaks: `insert into connection (id, org_id, name, provider, account, config, auth, state, health, scopes, created_at)
          values (${RUN}, ${RUN}, 'crm', 'salesforce', 'acme.my.salesforce.com', '{}', 'oauth2-pkce', 'active', 'working', '["api", "full"]', now())`,
      repairs: `delete from connection where id = ${RUN}`,
    },
  },
  {
    probe: 'sync.completed-with-discard',
    what: 'a run succeeded without its attestation',
    says: /1 partitions of completed runs/,
    sql: {
      database: 'sync',
      breaks: `insert into run (id, org_id, pipeline_id, pipeline, pipeline_version, mapping_digest, document, source_connection_id, target_connection_id, source_provider, target_provider, concurrency, kind, trigger, accept_changes, has_budget, state, queued_at)
          values (${RUN}, ${RUN}, ${RUN}, 'p', 1, '', '{}', ${RUN}, ${RUN}, 'postgres', 'postgres', 1, 'move', 'person', false, false, 'succeeded', now());
        insert into partition (id, org_id, run_id, stream, stream_name, target_name, state, fence, attempt, failures, base_counts, counts, base_rejects, rejects, needs_approval, priority, touched_at)
          values (${RUN}, ${RUN}, ${RUN}, 0, 's', 't', 'succeeded', 1, 1, 0, '{}', '{}', '[]', '[]', false, 1, now())`,
      repairs: `delete from run where id = ${RUN}`,
    },
  },
  {
    probe: 'sync.records-at-rest',
    what: 'a table for records is made',
    says: /undeclared table customer_records/,
    sql: {
      database: 'sync',
      breaks: 'create table customer_records (record jsonb)',
      repairs: 'drop table customer_records',
    },
  },
  {
    probe: 'sync.records-at-rest',
    what: 'a metric tells of one person',
    says: /1 groups of metrics cover too few people/,
    sql: { database: 'sync', breaks: resultOf(1, 'null'), repairs: `delete from pipeline where id = ${RUN}` },
  },
  {
    probe: 'retention.ceiling',
    promise: 'D58',
    what: 'cached metrics outlive the connection that they rest on',
    says: /sync\.metric_result holds a row/,
    sql: {
      database: 'sync',
      breaks: resultOf(20, `now() - interval '31 days'`),
      repairs: `delete from pipeline where id = ${RUN}`,
    },
  },
  {
    probe: 'ledger.append-only',
    what: 'a service is allowed to change leaves',
    says: /compliance_app may UPDATE ledger_leaf/,
    sql: {
      database: 'compliance',
      breaks: 'grant update on ledger_leaf to compliance_app',
      repairs: 'revoke update on ledger_leaf from compliance_app',
    },
  },
  {
    probe: 'ledger.append-only',
    what: 'the hash under a checkpoint is replaced',
    says: /does not start with the tree/,
    sql: {
      database: 'compliance',
      breaks:
        'update ledger_checkpoint set root = sha256(root) where tree_size = (select max(tree_size) from ledger_checkpoint)',
      repairs: `update ledger_checkpoint set root = decode(split_part(note, E'\\n', 3), 'base64')`,
    },
  },
  {
    probe: 'egress.purposes',
    what: 'a call for a forbidden purpose went out',
    says: /sync was allowed 1 outbound calls for sale/,
    sql: {
      database: 'sync',
      breaks: `insert into egress_log (id, at, allowed, purpose, categories, recipient_kind, recipient_id) values (${RUN}, now(), true, 'sale', '[]', 'sub-processor', 'broker')`,
      repairs: `delete from egress_log where id = ${RUN}`,
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
  {
    probe: 'browser.storage-before-choice',
    what: 'a page sets a cookie',
    says: /\/ sets the cookie visitor/,
    edge: 'sets a cookie',
  },
  {
    probe: 'cookies.registry',
    what: 'a cookie was set that the charter does not list',
    says: /the cookie tracker was set/,
    sql: {
      database: 'gateway',
      breaks: `insert into cookie_seen values ('tracker', now(), now())`,
      repairs: `delete from cookie_seen where name in ('tracker', 'visitor')`,
    },
  },
  {
    probe: 'retention.ceiling',
    what: 'a log line outlives its period',
    says: /gateway\.access_log holds a row/,
    sql: {
      database: 'gateway',
      breaks: `insert into access_log (request_id, at, method, route, status, duration_ms) values (${RUN}, now() - interval '1 year', 'GET', '/', 200, 1)`,
      repairs: `delete from access_log where request_id = ${RUN}`,
    },
  },
  {
    probe: 'http.security-headers',
    what: 'answers lose a header',
    says: /answers without content-security-policy/,
    edge: 'drops a header',
  },
  {
    probe: 'rights.self-serve-endpoints',
    what: 'an endpoint answers people who are signed out',
    says: /GET \/api\/v1\/auth\/me\/export answers 200/,
    edge: 'lets everybody in',
  },
  {
    probe: 'erasure.deadline',
    what: 'an erasure is left lying',
    says: /1 erasures are past their deadline/,
    sql: {
      database: 'compliance',
      breaks: `insert into rights_case (id, type, state, received_at, target_at, latest_at, clocks) values (${RUN}, 'erasure', 'open', now() - interval '60 days', now() - interval '30 days', now() - interval '30 days', '{}')`,
      repairs: `delete from rights_case where id = ${RUN}`,
    },
  },
];

const charter = charterWithEveryProbe();
let broken: PromiseRegion;

beforeAll(async () => {
  broken = await startPromiseRegion('dataflow-xpert', { charterFile: charter.file });
  await addConnection(broken.owner);
}, 120_000);
afterAll(async () => {
  await broken?.stop();
  charter[Symbol.dispose]();
});

async function stateOf({ probe, promise }: Pick<Sabotage, 'probe' | 'promise'>) {
  const id = promise ?? promiseOf(probe);
  const { promises } = await broken.verify([id]);
  const { state, reason } = promises.find((one) => one.id === id)!;
  return { state, reason };
}

describe('every probe', () => {
  it('has a sabotage that it must notice', () => {
    expect(Object.keys(probeCatalogue).filter((name) => !sabotages.some((one) => one.probe === name))).toEqual([]);
  });

  it('finds its promise kept in a healthy region', async () => {
    const { promises } = await broken.verify();
    const asked = promises.filter((one) => one.probe && one.id.startsWith('T'));
    expect(
      asked.filter((one) => one.state !== 'kept').map(({ probe, state, reason }) => ({ probe, state, reason })),
    ).toEqual([]);
    expect(asked).toHaveLength(Object.keys(probeCatalogue).length);
  }, 60_000);
});

describe('sabotage', () => {
  it.each(sabotages)(
    '$probe: $what',
    async ({ probe, promise, says, sql, edge }) => {
      const change = async (which: 'breaks' | 'repairs') => {
        if (sql) await broken.sql(sql.database, sql[which]);
        broken.edge.sabotage = which === 'breaks' ? edge : undefined;
      };
      await change('breaks');
      try {
        expect(await stateOf({ probe, promise })).toMatchObject({
          state: 'broken',
          reason: expect.stringMatching(says),
        });
      } finally {
        await change('repairs');
      }
      expect((await stateOf({ probe, promise })).state).toBe('kept');
    },
    30_000,
  );
});
