import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BatchCounts,
  CHANGE_OPERATIONS,
  type ChangeOperation,
  type Session,
  type TargetColumn,
  type WriteRequest,
} from '@millrace/connector-sdk';
import { type TestDatabase, testStack } from '@millrace/testing';
import { readCatalog } from './catalog/read-catalog.js';
import type { Connected } from './connection/connected.js';
import { connect } from './connection/connect.js';
import { Secret } from '@millrace/connector-sdk';
import { batchOf, dial, never, openSession, writeRequest } from './session.fixture.js';
import { ChangeStatements } from './write/change-statements.js';
import { ChangesWriter } from './write/changes-writer.js';
import { Lane } from './write/lane.js';

const COLUMNS: readonly TargetColumn[] = [
  { name: 'id', kind: 'int4', sourceType: 'integer', nullable: false },
  { name: 'name', kind: 'text', sourceType: 'text', nullable: true },
  { name: 'long', kind: 'text', sourceType: 'text', nullable: true },
];
/** Sets of columns that a change may leave out. */
const ABSENCES = [[], ['long'], ['name', 'long']];

type Change = readonly [
  operation: ChangeOperation,
  id: number,
  name?: string | null,
  long?: string | null,
  absence?: number,
];

const insert = (id: number, name: string | null = 'n', long = 'l'): Change => ['insert', id, name, long];
const update = (id: number, name: string, absence = 0): Change => ['update', id, name, absence ? null : 'l', absence];
const remove = (id: number): Change => ['delete', id];

describe('writing changes', () => {
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    database = await testStack().createDatabase();
    session = await openSession(database);
  });
  beforeEach(() =>
    database.query(`DROP TABLE IF EXISTS t, child CASCADE; CREATE TABLE t (id integer PRIMARY KEY, name text, long text);
      INSERT INTO t VALUES (1, 'one', 'L1'), (2, 'two', 'L2')`),
  );
  afterAll(() => database.drop());

  const request = (change: Partial<WriteRequest> = {}) =>
    writeRequest('t', COLUMNS, ['id'], { mode: 'changes', deletes: { kind: 'remove' }, ...change });
  const contents = async (select = 'id, name, long') =>
    (await database.query<{ line: string }>(`SELECT concat_ws(' ', ${select}) AS line FROM t ORDER BY id`)).map(
      ({ line }) => line,
    );
  const apply = async (
    batches: readonly (readonly Change[])[],
    change: Partial<WriteRequest> = {},
    truncated = false,
  ) => {
    const writer = await session.write(request(change));
    const work = batches.map((changes) => writer.applyChanges!(slabOf(changes), applied(changes, truncated)));
    const counts = await Promise.all(work);
    await writer.close();
    return counts;
  };

  it('inserts, updates and deletes, and counts each', async () => {
    const [counts] = await apply([[insert(3), update(1, 'ONE'), remove(2), remove(9), update(3, 'again')]]);
    expect(counts).toMatchObject({ inserted: 1, updated: 1, deleted: 1, unchanged: 2, unknown: 0, refused: [] });
    expect(await contents()).toEqual(['1 ONE l', '3 again l']);
  });

  it('keeps what a change leaves out, and makes no record of a part', async () => {
    const [counts] = await apply([[update(1, 'ONE', 1), update(2, '', 2), update(7, 'part', 1)]]);
    expect(counts).toMatchObject({ inserted: 0, updated: 1, deleted: 0, unchanged: 2 });
    expect(await contents()).toEqual(['1 ONE L1', '2 two L2']);
  });

  it('has no second effect', async () => {
    const log = [
      [insert(3), remove(1)],
      [update(3, 'x'), insert(1, 'new')],
      [remove(2), update(1, 'y', 1)],
    ];
    await apply(log);
    const once = await contents();
    expect(once).toEqual(['1 y l', '3 x l']);
    for (let from = 0; from < log.length; from++) {
      await apply(log.slice(from));
      expect(await contents()).toEqual(once);
    }
  });

  it('keeps the order of batches that are on their way together', async () => {
    const steps = Array.from({ length: 30 }, (_, step) => [update(1, `v${step}`), step % 2 ? remove(2) : insert(2)]);
    const counts = await apply(steps);
    expect(counts.every(({ refused }) => refused.length === 0)).toBe(true);
    expect(await contents()).toEqual(['1 v29 l']);
  });

  it('empties the target first, where the source was emptied', async () => {
    await apply([[insert(5)]], {}, true);
    expect(await contents()).toEqual(['5 n l']);
    await apply([[]], {}, true);
    expect(await contents()).toEqual([]);
    // Another table refers to it: TRUNCATE is refused, a deletion is not.
    await database.query('CREATE TABLE child (id integer REFERENCES t ON DELETE CASCADE)');
    await apply([[insert(6)], [insert(7)]], {}, true);
    expect(await contents()).toEqual(['7 n l']);
  });

  it('marks instead of removing, takes the mark back, and adds the column where it is missing', async () => {
    const deletes = { kind: 'mark', column: 'gone at' } as const;
    const marked = `id, CASE WHEN "gone at" IS NOT NULL THEN 'gone' END`;
    expect(
      await apply(
        [
          [remove(1), remove(2)],
          [remove(1), insert(2, 'back')],
        ],
        { deletes },
      ),
    ).toMatchObject([{ deleted: 2 }, { deleted: 0, updated: 1, unchanged: 1 }]);
    expect(await contents(marked)).toEqual(['1 gone', '2']);
    await apply([[]], { deletes }, true);
    expect(await contents(marked)).toEqual(['1 gone', '2 gone']);
    await expect(session.write(request({ deletes: { kind: 'mark', column: 'name' } }))).rejects.toMatchObject({
      code: 'incompatible-field',
    });
  });

  it('leaves records alone where deletions do nothing', async () => {
    const [counts] = await apply([[remove(1), insert(2, 'new')]], { deletes: undefined });
    expect(counts).toMatchObject({ updated: 1, deleted: 0, unchanged: 1 });
    await apply([[]], { deletes: undefined }, true);
    expect(await contents('id, name')).toEqual(['1 one', '2 new']);
  });

  it('sets refused records aside and writes the rest in order', async () => {
    await database.query(`ALTER TABLE t ADD CHECK (name <> 'bad'), ALTER name SET NOT NULL`);
    const changes = Array.from({ length: 100 }, (_, index) => insert(index + 10));
    const rows = [...changes, insert(3, 'bad'), update(1, 'fine'), insert(4, null), remove(2)];
    const [counts] = await apply([rows]);
    expect(counts!.refused).toEqual([
      { row: 100, rule: 'check' },
      { row: 102, rule: 'not-null', field: 'name' },
    ]);
    expect(counts).toMatchObject({ inserted: 100, updated: 1, deleted: 1 });
    expect((await contents()).slice(0, 2)).toEqual(['1 fine l', '10 n l']);
    await expect(apply([rows], { maxRefusedPerBatch: 1 })).rejects.toMatchObject({ code: 'too-many-refused' });
  });

  it('copes with a value that moves from one record to another under a unique constraint', async () => {
    await database.query('ALTER TABLE t ADD UNIQUE (name)');
    const [counts] = await apply([[remove(1), insert(3, 'one'), remove(2), insert(4, 'two')]]);
    expect(counts).toMatchObject({ inserted: 2, deleted: 2, refused: [] });
    expect(await contents('id, name')).toEqual(['3 one', '4 two']);
  });

  it('copes with keys that the target calls equal and the log does not', async () => {
    await database.query(
      `CREATE EXTENSION IF NOT EXISTS citext; DROP TABLE t; CREATE TABLE t (id citext PRIMARY KEY, name text)`,
    );
    const columns = [{ ...COLUMNS[1]!, name: 'id', nullable: false }, COLUMNS[1]!];
    const writer = await session.write(
      writeRequest('t', columns, ['id'], { mode: 'changes', deletes: { kind: 'remove' } }),
    );
    const changes = [
      ['insert', 'A', '1'],
      ['delete', 'A', null],
      ['insert', 'a', '2'],
      ['update', 'A', '3'],
    ] as const;
    const counts = await writer.applyChanges!(batchOf(changes.map(([, ...cells]) => cells)), {
      operations: Uint8Array.from(changes, ([operation]) => CHANGE_OPERATIONS.indexOf(operation)),
      absences: [[]],
      absenceOf: new Uint8Array(4),
      truncated: false,
    });
    await writer.close();
    expect(counts.refused).toEqual([]);
    expect(await contents('name')).toEqual(['3']);
  });

  it.each([140_000, 150_000, 170_000])('writes the same with the statements for version %i', async (version) => {
    const { host, port, name, user, password } = database;
    const open: Connected[] = [];
    const lane = async (createStage: string) => {
      const connected = await connect(
        {
          config: { host, port, database: name, sslmode: 'disable' },
          credential: new Secret({ user, password: password.reveal() }),
          context: { dial, applicationName: 'millrace-test', signal: never() },
        },
        false,
      );
      open.push(connected);
      return new Lane(connected, createStage);
    };
    const [table] = await readCatalog((await lane(''), open[0]!).client, ['public.t']);
    const statements = new ChangeStatements(table!, request(), version);
    const parts = {
      first: await lane(statements.createStage),
      openLane: () => lane(statements.createStage),
      statements,
    };
    const writer = new ChangesWriter(parts, request());
    const changes = [insert(3), update(1, 'ONE', 1), remove(2), update(8, 'part', 1), update(3, 'again', 1)];
    const counts: BatchCounts = await writer.applyChanges(slabOf(changes), applied(changes, false));
    await writer.close();
    await open[0]!.client.end();
    expect(counts).toMatchObject({ inserted: 1, updated: 1, deleted: 1, unchanged: 2, unknown: 0 });
    expect(await contents()).toEqual(['1 ONE L1', '3 again l']);
  });

  it('takes nothing but changes, and tells a lost connection to every batch behind it', async () => {
    const writer = await session.write(request());
    await expect(writer.apply(batchOf([]))).rejects.toThrow('only changes');
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace-test'`,
    );
    const work = [1, 2, 3].map((step) =>
      writer.applyChanges!(slabOf([insert(10 + step)]), applied([insert(1)], false)),
    );
    const settled = await Promise.allSettled(work);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(settled[2]).toMatchObject({ reason: { code: 'connection-lost' } });
    await writer.abort();
    expect(await contents('id')).toEqual(['1', '2']);
  });
});

function slabOf(changes: readonly Change[]) {
  return batchOf(changes.map(([, id, name = null, long = null]) => [id, name, long]));
}

function applied(changes: readonly Change[], truncated: boolean) {
  return {
    operations: Uint8Array.from(changes, ([operation]) => CHANGE_OPERATIONS.indexOf(operation)),
    absences: ABSENCES,
    absenceOf: Uint8Array.from(changes, ([, , , , absence]) => absence ?? 0),
    truncated,
  };
}
