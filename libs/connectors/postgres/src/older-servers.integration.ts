import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TargetColumn } from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import { Secret } from '@millrace/connector-sdk';
import { readCatalog } from './catalog/read-catalog.js';
import type { Connected } from './connection/connected.js';
import { connect } from './connection/connect.js';
import { batchOf, dial, never, writeRequest } from './session.fixture.js';
import { KeyedBatches } from './write/keyed-batches.js';
import { Lane } from './write/lane.js';
import { PostgresWriter } from './write/postgres-writer.js';
import { writeStatements } from './write/write-statements.js';

const COLUMNS: readonly TargetColumn[] = [
  { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false },
  { name: 'name', kind: 'text', sourceType: 'text', nullable: true },
];

describe('statements for older servers', () => {
  let database: TestDatabase;
  const open: Connected[] = [];

  beforeAll(async () => {
    database = await testStack().createDatabase();
  });
  beforeEach(() =>
    database.query(
      `DROP TABLE IF EXISTS t; CREATE TABLE t (id integer PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'same'), (2, 'old')`,
    ),
  );
  afterAll(async () => {
    for (const { client } of open) await client.end();
    await database.drop();
  });

  async function writerFor(version: number, mode: 'upsert' | 'update' = 'upsert'): Promise<PostgresWriter> {
    const { host, port, name, user, password } = database;
    const connected = await connect(
      {
        config: { host, port, database: name, sslmode: 'disable' },
        credential: new Secret({ user, password: password.reveal() }),
        context: { dial, applicationName: 'millrace-test', signal: never() },
      },
      false,
    );
    open.push(connected);
    const request = writeRequest('t', COLUMNS, ['id'], { mode });
    const [table] = await readCatalog(connected.client, ['public.t']);
    const statements = writeStatements(table!, request, version);
    const lane = new Lane(connected, statements.createStage);
    const method = new KeyedBatches(statements, request, mode === 'update' ? 'update' : 'merge');
    return new PostgresWriter({ first: lane, openLane: () => Promise.resolve(lane), method }, request);
  }

  it.each([
    [120_000, { inserted: 1, updated: 1, unchanged: 1, unknown: 0 }],
    [150_000, { inserted: 0, updated: 0, unchanged: 1, unknown: 2 }],
    [170_000, { inserted: 1, updated: 1, unchanged: 1, unknown: 0 }],
  ])('version %i writes the same and counts what it can', async (version, counts) => {
    const writer = await writerFor(version);
    expect(
      await writer.apply(
        batchOf([
          [1, 'same'],
          [2, 'new'],
          [3, 'more'],
        ]),
      ),
    ).toMatchObject({ ...counts, refused: [] });
    await writer.close();
    expect(await database.query('SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1, name: 'same' },
      { id: 2, name: 'new' },
      { id: 3, name: 'more' },
    ]);
  });

  it.each([
    [120_000, { updated: 1, unchanged: 1, unknown: 0 }],
    [150_000, { updated: 0, unchanged: 1, unknown: 1 }],
    [170_000, { updated: 1, unchanged: 1, unknown: 0 }],
  ])('version %i writes back to existing records only', async (version, counts) => {
    const writer = await writerFor(version, 'update');
    const batch = batchOf([
      [3, 'ghost'],
      [1, 'same'],
      [2, 'new'],
    ]);
    expect(await writer.apply(batch)).toMatchObject({ ...counts, refused: [{ row: 0, rule: 'no-such-record' }] });
    await writer.close();
    expect(await database.query('SELECT * FROM t ORDER BY id')).toEqual([
      { id: 1, name: 'same' },
      { id: 2, name: 'new' },
    ]);
  });
});
