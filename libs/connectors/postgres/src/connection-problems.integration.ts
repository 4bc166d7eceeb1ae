import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@millrace/embedded';
import { until } from '@millrace/kernel';
import { type TestDatabase, testStack } from '@millrace/testing';
import { never, openSession, partition, readAll } from './session.fixture.js';

describe('a connection that does not work says why, and never what the server said', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await testStack().createDatabase();
    await database.query(`CREATE TABLE t (id integer PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'x')`);
  });

  afterAll(() => database.drop());

  it('wrong password', async () => {
    const session = await openSession(database, { password: 'CANARY-password' });
    const failure = await session.check(never()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'auth', code: 'refused-credential' });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('CANARY');
  });

  it('nobody listens', async () => {
    const session = await openSession(database, { port: await freePort() });
    await expect(session.check(never())).rejects.toMatchObject({ kind: 'transient', code: 'unreachable' });
  });

  it('missing database', async () => {
    const session = await openSession({ ...database, name: 'not_there' } as TestDatabase);
    await expect(session.check(never())).rejects.toMatchObject({ kind: 'config', code: 'missing-database' });
  });

  it('a server without TLS, where TLS is asked for', async () => {
    const session = await openSession(database, { sslmode: 'require' });
    await expect(session.check(never())).rejects.toMatchObject({ kind: 'config', code: 'tls-refused' });
  });

  it('missing stream and missing field', async () => {
    const session = await openSession(database);
    await expect(readAll(session, partition('public.gone', ['id'], ['id']))).rejects.toMatchObject({
      code: 'missing-stream',
    });
    await expect(readAll(session, partition('public.t', ['id', 'gone'], ['id']))).rejects.toMatchObject({
      code: 'missing-field',
    });
  });

  it('a bound that is no value of the key is not quoted in the error', async () => {
    const session = await openSession(database);
    const failure = await readAll(session, partition('public.t', ['id'], ['id'], { after: ['CANARY'] })).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: 'ConnectorError', details: { sqlState: '22P02' } });
    expect(JSON.stringify(failure) + String(failure) + (failure as Error).stack).not.toContain('CANARY');
  });

  it('tells a working connection from a broken one', async () => {
    const session = await openSession(database);
    expect(await session.check(never())).toMatchObject({
      ok: true,
      encrypted: false,
      system: expect.stringMatching(/^PostgreSQL 1\d/),
    });
    expect(await session.estimate({ stream: 'public.t', signal: never() })).toMatchObject({
      bytes: expect.any(Number),
    });
  });
});

describe('a session', () => {
  it('asks over one connection, finds another when it is lost, and closes it', async () => {
    const database = await testStack().createDatabase();
    const ours = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'millrace-test'`;
    const session = await openSession(database);
    await session.check(never());
    await session.discover({ signal: never() });
    const [kept, ...more] = await database.query<{ pid: number }>(ours);
    expect(more).toEqual([]);
    await database.query('SELECT pg_terminate_backend($1)', [kept!.pid]);
    expect(await session.check(never())).toMatchObject({ ok: true });
    expect(await Promise.all([session.check(never()), session.check(never())])).toHaveLength(2);
    await session.close();
    await until('the connections to end', 10_000, async () => (await database.query(ours)).length === 0);
    await database.drop();
  });
});
