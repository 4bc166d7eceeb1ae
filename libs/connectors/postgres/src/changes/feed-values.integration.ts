import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Batch, ProjectedField, Session } from '@millrace/connector-sdk';
import type { TestDatabase } from '@millrace/testing';
import { never, openSession, packed, partition, readAll } from '../session.fixture.js';
import { OWN, TYPES, USER_TYPES } from '../value-types.fixture.js';
import { follows, type LogicalServer, readLog, startLogicalServer } from './logical-server.fixture.js';

describe('a value comes through the log as a full load would bring it', () => {
  let server: LogicalServer;
  let database: TestDatabase;
  let session: Session;
  const types = { ...TYPES, ...Object.fromEntries(Object.entries(OWN).map(([type, { values }]) => [type, values])) };

  beforeAll(async () => {
    server = await startLogicalServer();
    database = await server.createDatabase();
    session = await openSession(database);
    await database.query(USER_TYPES);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each(Object.entries(types))('%s', async (type, values) => {
    const table = `v_${Object.keys(types).indexOf(type)}`;
    const stream = `public.${table}`;
    await database.query(`CREATE TABLE ${table} (id integer PRIMARY KEY, c ${type})`);
    const projection: ProjectedField[] = [
      { field: 'id', as: 'as-is' },
      { field: 'c', as: 'as-is' },
      { field: 'c', as: 'text' },
    ];
    const feed = { ...follows(table, {}), streams: [{ stream, projection, key: ['id'] }] };
    await (await session.log!.follow(feed)).close();
    for (const [id, value] of [...values, null].entries())
      await database.query(`INSERT INTO ${table} VALUES ($1, $2::text::${type})`, [id, value]);
    const told = await readLog(session, feed);
    const read = await readAll(session, { ...partition(stream, [], ['id']), projection });
    expect(told.flatMap(({ batch }) => rows(batch))).toEqual(read.flatMap(({ batch }) => rows(batch)));
    await session.log!.dropFeed(table, never());
  });

  it('keys whose text only the server can write', async () => {
    await database.query(
      `CREATE TABLE odd (at interval PRIMARY KEY, long text); ALTER TABLE odd ALTER long SET STORAGE EXTERNAL`,
    );
    await database.query(`INSERT INTO odd VALUES ('1 day', repeat('x', 9000))`);
    const projection: ProjectedField[] = [
      { field: 'at', as: 'as-is' },
      { field: 'long', as: 'as-is' },
      { field: 'at', as: 'text' },
    ];
    const feed = { ...follows('odd', {}), streams: [{ stream: 'public.odd', projection, key: ['at'] }] };
    await (await session.log!.follow(feed)).close();
    await database.query(`UPDATE odd SET at = '2 days'`);
    const told = await readLog(session, feed);
    const read = await readAll(session, { ...partition('public.odd', [], ['at']), projection });
    // The deletion of the old key, then the record as it is now.
    expect(told.flatMap(({ batch }) => rows(batch)).slice(1)).toEqual(read.flatMap(({ batch }) => rows(batch)));
  });
});

/** Each row's bytes. */
function rows(batch: Batch): string[] {
  const whole = packed(batch);
  return Array.from({ length: whole.rowCount }, (_, row) =>
    whole.bytes.toString('hex', whole.rowStarts[row], row + 1 < whole.rowCount ? whole.rowStarts[row + 1] : whole.end),
  );
}
