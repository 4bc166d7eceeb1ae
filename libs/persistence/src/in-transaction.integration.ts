import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, testStack } from '@millrace/testing';
import { DataSource } from 'typeorm';
import { inTransaction } from './in-transaction.js';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await testStack().createDatabase();
  await database.query('create table note (id integer primary key)');
  const url = database.url.reveal();
  source = new DataSource({ type: 'postgres', url, entities: [], extra: { max: 1 } });
  await source.initialize();
});
afterAll(async () => {
  await source.destroy();
  await database.drop();
});

const settings = { 'app.org': '01a21a9d-bea1-7f06-8ba2-d0bedd892c8c', 'app.key': '' };
const notes = async () => (await database.query<{ id: number }>('select id from note order by id')).map(({ id }) => id);

describe('a transaction whose settings come with its beginning', () => {
  it('has its settings in the first statement, and nobody has them afterwards', async () => {
    const [row] = await inTransaction(source, settings, (manager) =>
      manager.query(`select current_setting('app.org') as org, pg_current_xact_id_if_assigned() as xid`),
    );
    expect(row).toMatchObject({ org: settings['app.org'] });
    expect(await source.query(`select current_setting('app.org', true) as org`)).toEqual([{ org: '' }]);
  });

  it('commits all of it, or nothing once something was thrown or refused', async () => {
    await inTransaction(source, {}, async (manager) => {
      await manager.query('insert into note values (1)');
      await manager.query('insert into note values (2)');
    });
    const thrown = inTransaction(source, {}, async (manager) => {
      await manager.query('insert into note values (3)');
      throw new Error('changed my mind');
    });
    await expect(thrown).rejects.toThrow('changed my mind');
    const refused = inTransaction(source, {}, async (manager) => {
      await manager.query('insert into note values (4)');
      await manager.query('insert into note values (1)');
    });
    await expect(refused).rejects.toThrow('duplicate key');
    expect(await notes()).toEqual([1, 2]);
  });

  it('nests what TypeORM saves inside of it', async () => {
    await inTransaction(source, {}, async (manager) => {
      await manager.transaction((inner) => inner.query('insert into note values (5)'));
      await expect(manager.transaction((inner) => inner.query('insert into note values (5)'))).rejects.toThrow(
        'duplicate',
      );
      await manager.query('insert into note values (6)');
    });
    expect(await notes()).toEqual([1, 2, 5, 6]);
  });

  it('takes no setting but an id or a digest, since it is part of the statement', async () => {
    const hostile = { 'app.org': `', true); drop table note; --` };
    await expect(inTransaction(source, hostile, () => Promise.resolve())).rejects.toThrow('neither an id nor a digest');
    expect(await notes()).toHaveLength(4);
  });
});
