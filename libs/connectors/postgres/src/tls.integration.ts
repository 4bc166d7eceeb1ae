import { chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@millrace/connector-sdk';
import { type PostgresServer, startPostgres, THROWAWAY } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { scratchDirectory, type TestDatabase } from '@millrace/testing';
import pg from 'pg';
import { selfSigned } from '../../../egress/src/connection/certificate.fixture.js';
import {
  batchOf,
  never,
  openSession,
  partition,
  readAll,
  type SessionOptions,
  writeAll,
  writeRequest,
} from './session.fixture.js';

const PASSWORD = new Secret('tls-test');

describe('a server with TLS', () => {
  const scratch = scratchDirectory();
  const right = selfSigned('127.0.0.1');
  const wrongName = selfSigned('elsewhere.example');
  let server: PostgresServer;

  beforeAll(async () => {
    const files = { dataDir: path.join(scratch.path, 'tls'), logFile: path.join(scratch.path, 'tls.log') };
    server = await startPostgres({ ...files, password: PASSWORD, settings: THROWAWAY });
    await useCertificate(
      right,
      `CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t SELECT i, repeat('x', 500) FROM generate_series(1, 5000) i`,
    );
  });

  afterAll(async () => {
    await server.stop('immediate');
    scratch[Symbol.dispose]();
  });

  async function useCertificate(certificate: { cert: string; key: string }, also = 'SELECT 1'): Promise<void> {
    const { uid, gid } = statSync(server.dataDir);
    for (const [name, content] of [
      ['server.crt', certificate.cert],
      ['server.key', certificate.key],
    ] as const) {
      const file = path.join(server.dataDir, name);
      writeFileSync(file, content, { mode: 0o600 });
      chownSync(file, uid, gid);
    }
    const client = new pg.Client({ connectionString: server.url('postgres').reveal() });
    await client.connect();
    for (const statement of [
      `ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1.2'`,
      'ALTER SYSTEM SET ssl = on',
      'SELECT pg_reload_conf()',
      also,
    ]) {
      await client.query(statement);
    }
    await client.end();
    await until('TLS to be on', 10_000, () =>
      open({ sslmode: 'require' })
        .then((session) => session.check(never()))
        .catch(() => undefined),
    );
  }

  function open(options: SessionOptions) {
    const { host, port, superuser: user } = server;
    return openSession({ name: 'postgres', host, port, user, password: PASSWORD } as TestDatabase, options);
  }

  it('carries whole loads in both directions, encrypted and verified', async () => {
    const session = await open({ sslmode: 'verify-full', ca: right.cert });
    expect(await session.check(never())).toMatchObject({ ok: true, encrypted: true });
    const batches = await readAll(session, partition('public.t', ['id', 'v'], ['id']), { batchRows: 700 });
    expect(batches.reduce((sum, { batch }) => sum + batch.rowCount, 0)).toBe(5_000);
    const columns = [
      { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false },
      { name: 'v', kind: 'text', sourceType: 'text', nullable: true },
    ] as const;
    const counts = await writeAll(session, writeRequest('copy', columns, ['id']), [
      ...batches.map(({ batch }) => batch),
      batchOf([[9_999, 'last']]),
    ]);
    expect(counts.inserted).toBe(5_001);
  });

  it('is refused when its certificate is not from the given authority', async () => {
    const session = await open({ sslmode: 'verify-full', ca: wrongName.cert });
    await expect(session.check(never())).rejects.toMatchObject({ kind: 'config', code: 'tls-refused' });
  });

  it('is refused when the certificate names another host', async () => {
    await useCertificate(wrongName);
    const strict = await open({ sslmode: 'verify-full', ca: wrongName.cert });
    await expect(strict.check(never())).rejects.toMatchObject({ code: 'tls-refused' });
    const encryptedOnly = await open({ sslmode: 'require' });
    expect(await encryptedOnly.check(never())).toMatchObject({ encrypted: true });
  });
});
