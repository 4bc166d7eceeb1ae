import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ConnectionShelf, type IdleConnection, Secret, type Session, SlabPool } from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import { postgres } from './postgres.connector.js';
import { batchOf, dial, never, partition, readAll, writeAll, writeRequest } from './session.fixture.js';

let database: TestDatabase;
const left: IdleConnection[] = [];
const shelf: ConnectionShelf = { take: () => left.pop(), put: (connection) => void left.push(connection) };
let dialled = 0;

beforeAll(async () => {
  database = await testStack().createDatabase();
  await database.query('CREATE TABLE item (id integer PRIMARY KEY, note text); INSERT INTO item VALUES (1, $$a$$)');
});
afterAll(async () => {
  for (const connection of left) connection.destroy();
  await database.drop();
});

function open(applicationName: string): Promise<Session> {
  const { host, port, name, user, password } = database;
  const config = postgres.config.parse({ host, port, database: name, sslmode: 'disable' });
  const counted: typeof dial = (...where) => {
    dialled++;
    return dial(...where);
  };
  const credential = new Secret({ user, password: password.reveal() });
  return postgres.open(config, credential, { dial: counted, applicationName, signal: never(), shelf });
}

/** The server's own view of who is connected. */
const connected = () =>
  database.query<{ pid: number; application_name: string; state: string }>(
    `SELECT pid::int, application_name, state FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'run %'`,
  );

const items = partition('public.item', ['id', 'note'], ['id']);

describe('connections between two sessions', () => {
  it('are used again under the next one’s name, by reads and writes alike', async () => {
    const first = await open('run 1');
    await first.discover({ signal: never() });
    expect(await readAll(first, items)).toHaveLength(1);
    await first.close();
    const [before] = await connected();
    const second = await open('run 2');
    expect(await readAll(second, items)).toHaveLength(1);
    const columns = [
      { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false },
      { name: 'note', kind: 'text', sourceType: 'text', nullable: true },
    ] as const;
    const counts = await writeAll(second, writeRequest('item', columns, ['id']), [batchOf([[2, 'b']])]);
    expect(counts.inserted).toBe(1);
    await second.check(never());
    expect(await connected()).toMatchObject([{ pid: before!.pid, application_name: 'run 2' }]);
    await second.close();
    expect(await connected()).toMatchObject([{ pid: before!.pid, state: 'idle' }]);
    expect(dialled).toBe(1);
  });

  it('carry nothing of the session that left them', async () => {
    const [waiting] = left as unknown as [
      { connected: { client: { query(sql: string): Promise<{ rows: unknown[] }> } } },
    ];
    const { client } = waiting.connected;
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM pg_class WHERE relpersistence = 't') AS temporary,
         current_setting('default_transaction_read_only') AS "readOnly", current_setting('enable_hashjoin') AS planner`,
    );
    expect(rows).toEqual([{ temporary: 0, readOnly: 'off', planner: 'on' }]);
    expect(JSON.stringify(Object.values(client).filter((one) => typeof one === 'string'))).not.toContain(
      database.password.reveal(),
    );
  });

  it('refuse writes to the next one that only reads', async () => {
    const reader = await open('run 3');
    await reader.check(never());
    const { kept } = reader as unknown as { kept: { client: { query(sql: string): Promise<unknown> } } };
    await expect(kept.client.query('CREATE TABLE intruder ()')).rejects.toMatchObject({ code: '25006' });
    await reader.close();
  });

  it('are replaced where the server closed them meanwhile', async () => {
    const [waiting] = await connected();
    await database.query(`SELECT pg_terminate_backend(${waiting!.pid}, 5000)`);
    const before = dialled;
    const session = await open('run 4');
    expect(await readAll(session, items)).toHaveLength(1);
    await session.close();
    expect(dialled).toBe(before + 1);
  });

  it('are not left by a read that stopped before its end', async () => {
    const session = await open('run 5');
    const stop = new AbortController();
    stop.abort(new Error('cancelled'));
    await expect(session.discover({ signal: stop.signal })).rejects.toThrow('cancelled');
    const reading = session.read({
      partition: items,
      limits: { batchRows: 1, batchBytes: 1_000, maxRecordBytes: 1_000 },
      slabs: new SlabPool(1_024),
      signal: never(),
    });
    for await (const { batch } of reading) if (batch.rowCount > 0) break;
    await session.close();
    expect(left).toHaveLength(0);
    expect((await connected()).filter(({ state }) => state !== 'idle')).toEqual([]);
  });
});
