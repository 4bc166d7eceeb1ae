import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cellText, ConnectorError, type FieldFilter, type Session, SlabPool } from '@millrace/connector-sdk';
import { until } from '@millrace/kernel';
import { type TestDatabase, testStack } from '@millrace/testing';
import { LIMITS, never, openSession, partition, readAll } from './session.fixture.js';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
/** A number and the ten that begin with it, in the order of their texts. */
const ten = (number: number) => [number, ...range(number * 10, number * 10 + 9)];

describe('reading a partition', () => {
  let database: TestDatabase;
  let session: Session;

  beforeAll(async () => {
    database = await testStack().createDatabase();
    session = await openSession(database);
    await database.query('CREATE TABLE numbers (id integer PRIMARY KEY, label text NOT NULL, secret text)');
    await database.query(`INSERT INTO numbers SELECT i, 'n' || i, 'hidden' FROM generate_series(1, 10000) i`);
  });

  afterAll(() => database.drop());

  async function idsOf(part: Parameters<typeof readAll>[1], limits = {}): Promise<number[]> {
    const batches = await readAll(session, part, limits);
    return batches.flatMap(({ batch }) =>
      Array.from({ length: batch.rowCount }, (_, row) => batch.bytes.readInt32BE(batch.rowStarts[row]! + 6)),
    );
  }

  const numbers = (bounds = {}) => partition('public.numbers', ['id', 'label'], ['id'], bounds);

  it('gives every record once, in key order, in batches of at most the limits', async () => {
    const batches = await readAll(session, numbers(), { batchRows: 999 });
    expect(batches.map(({ batch }) => batch.rowCount)).toEqual([...Array<number>(10).fill(999), 10]);
    expect(batches.map(({ lastKey }) => lastKey[0])).toEqual([
      ...Array.from({ length: 10 }, (_, index) => `${(index + 1) * 999}`),
      '10000',
    ]);
    expect(await idsOf(numbers(), { batchBytes: 5_000 })).toEqual(
      Array.from({ length: 10_000 }, (_, index) => index + 1),
    );
  });

  it('reads within its bounds: after is exclusive, upTo inclusive', async () => {
    expect(await idsOf(numbers({ after: ['10'], upTo: ['12'] }))).toEqual([11, 12]);
    expect(await idsOf({ ...numbers({ after: ['9999'] }), uniqueKey: false })).toEqual([9_999, 10_000]);
    expect(await idsOf(numbers({ after: ['10000'] }))).toEqual([]);
  });

  it('starts at a position that names the leading fields of the key alone, and includes it', async () => {
    const part = (from: string[]) => ({ ...numbers({ from, upTo: ['n12', '0'] }), key: ['label', 'id'] });
    expect(await idsOf(part(['n11']))).toEqual([11, 110, 1100, ...range(1101, 1109), ...range(111, 119).flatMap(ten)]);
  });

  it('parts a table into shares of about the same size, whatever its key', async () => {
    await database.query(
      `CREATE TABLE pairs (area text, nr integer, note text, PRIMARY KEY (area, nr));
       INSERT INTO pairs SELECT 'a' || i % 3, i, repeat('x', 50) FROM generate_series(1, 30000) i; ANALYZE pairs; ANALYZE numbers`,
    );
    const split = (stream: string, key: string[], parts: number, filter?: FieldFilter[]) =>
      session.split!({ stream, key, parts, filter, signal: never() });
    const positions = await split('public.pairs', ['area', 'nr'], 4);
    expect(positions).toHaveLength(3);
    const pairs = partition('public.pairs', ['area', 'nr'], ['area', 'nr'], {});
    const counts: number[] = [];
    for (const [index, upTo] of [...positions, undefined].entries()) {
      const bounds = { ...(index > 0 ? { after: positions[index - 1]! } : {}), ...(upTo ? { upTo } : {}) };
      const batches = await readAll(session, { ...pairs, bounds }, {});
      counts.push(batches.reduce((sum, { batch }) => sum + batch.rowCount, 0));
    }
    expect(counts.reduce((sum, one) => sum + one)).toBe(30_000);
    for (const count of counts) expect(count).toBeGreaterThan(5_000);
    const few = await split('public.numbers', ['id'], 3, [{ field: 'id', operator: 'atMost', values: ['300'] }]);
    for (const [id] of few) expect(Number(id)).toBeLessThan(300);
  });

  it('leaves what it cannot sample in one piece', async () => {
    await database.query('CREATE VIEW seen AS SELECT * FROM numbers; CREATE TABLE unknown (id integer PRIMARY KEY)');
    for (const stream of ['public.seen', 'public.unknown'])
      expect(await session.split!({ stream, key: ['id'], parts: 4, signal: never() })).toEqual([]);
    expect(await session.split!({ stream: 'public.numbers', key: ['id'], parts: 1, signal: never() })).toEqual([]);
  });

  it('estimates what a question gives, not what the table holds, and reads nothing for it', async () => {
    const all = { stream: 'public.numbers', signal: never() };
    const some = { ...numbers(), filter: [{ field: 'id', operator: 'atMost' as const, values: ['100'] }] };
    const narrow = await session.estimate({ ...all, partition: some });
    expect(narrow.records).toBeGreaterThan(50);
    expect(narrow.records).toBeLessThan(200);
    const whole = await session.estimate({ ...all, partition: numbers() });
    expect(whole.records).toBeGreaterThan(9_000);
    const keyOnly = await session.estimate({ ...all, partition: partition('public.numbers', ['id'], ['id'], {}) });
    expect(keyOnly.bytes!).toBeLessThan(whole.bytes!);
  });

  it('leaves records that a filter does not want in the source', async () => {
    const where = (...filter: FieldFilter[]) => idsOf({ ...numbers({ upTo: ['50'] }), filter });
    const one = (operator: FieldFilter['operator'], ...values: string[]) => where({ field: 'id', operator, values });
    expect(await one('equals', '7')).toEqual([7]);
    expect(await one('not', '7')).toHaveLength(49);
    expect(await one('below', '3')).toEqual([1, 2]);
    expect(await one('atMost', '3')).toEqual([1, 2, 3]);
    expect(await one('above', '48')).toEqual([49, 50]);
    expect(await one('atLeast', '50')).toEqual([50]);
    expect(await one('in', '9', '5', '900')).toEqual([5, 9]);
    expect(await one('in')).toEqual([]);
    expect(await where({ field: 'secret', operator: 'isNull', values: ['true'] })).toEqual([]);
    expect(await where({ field: 'secret', operator: 'isNull', values: ['false'] })).toHaveLength(50);
    expect(await where({ field: 'label', operator: 'equals', values: ["' OR true --"] })).toEqual([]);
    const both = await where(
      { field: 'id', operator: 'above', values: ['5'] },
      { field: 'label', operator: 'in', values: ['n1', 'n7'] },
    );
    expect(both).toEqual([7]);
    await expect(where({ field: 'gone', operator: 'equals', values: ['1'] })).rejects.toMatchObject({
      code: 'missing-field',
    });
    expect(
      await session.lastKey({
        stream: 'public.numbers',
        key: ['id'],
        filter: [{ field: 'id', operator: 'below', values: ['40'] }],
        signal: never(),
      }),
    ).toEqual(['39']);
  });

  it('gives the greatest key as the upper bound of a run', async () => {
    await database.query('CREATE TABLE nothing (id integer PRIMARY KEY)');
    const last = (stream: string) => session.lastKey({ stream, key: ['id'], signal: never() });
    expect(await last('public.numbers')).toEqual(['10000']);
    expect(await last('public.nothing')).toBeUndefined();
  });

  it('resumes after any key, composite, quoted, in any collation', async () => {
    const awkward = [
      "it's",
      'back\\slash',
      '"double"',
      'Ünï',
      'ü',
      'Z',
      'a',
      '',
      ' ',
      "'; DROP TABLE odd; --",
      '$1',
      'x\ny',
    ];
    await database.query('CREATE TABLE odd (name text COLLATE "en-x-icu", day date, PRIMARY KEY (name, day))');
    for (const name of awkward)
      await database.query(`INSERT INTO odd VALUES ($1, '2024-02-29'), ($1, 'infinity'), ($1, '0044-03-15 BC')`, [
        name,
      ]);
    const part = partition('public.odd', ['name', 'day'], ['name', 'day']);
    const whole = await readAll(session, part, { batchRows: 1 });
    expect(whole).toHaveLength(awkward.length * 3);
    for (const [index, { lastKey }] of whole.entries()) {
      const rest = await readAll(session, { ...part, bounds: { after: lastKey } }, { batchRows: 1 });
      expect(rest.map((batch) => batch.lastKey)).toEqual(whole.slice(index + 1).map((batch) => batch.lastKey));
    }
  });

  it('resumes by keys whose type has no text of its own, or no order that the search path cannot change', async () => {
    await database.query(
      `CREATE TYPE size AS ENUM ('small', 'large'); CREATE TABLE sized (size size, span interval, net inet, PRIMARY KEY (size, span, net))`,
    );
    await database.query(
      `INSERT INTO sized SELECT s::size, i * interval '1 day', '10.0.0.1' FROM unnest(ARRAY['small','large']) s, generate_series(1, 3) i`,
    );
    const fields = ['size', 'span', 'net'];
    const part = {
      ...partition('public.sized', [], fields),
      projection: fields.map((field) => ({ field, as: 'text' as const })),
    };
    const whole = await readAll(session, part, { batchRows: 1 });
    expect(whole.map(({ lastKey }) => lastKey[0])).toEqual(['small', 'small', 'small', 'large', 'large', 'large']);
    const rest = await readAll(session, { ...part, bounds: { after: whole[2]!.lastKey } }, { batchRows: 1 });
    expect(rest).toHaveLength(3);
  });

  it('keeps the order of the key where its text is asked for', async () => {
    const part = { ...numbers({ after: ['95'], upTo: ['105'] }), projection: [{ field: 'id', as: 'text' as const }] };
    const batches = await readAll(session, part, { batchRows: 1 });
    expect(batches.map(({ lastKey }) => Number(lastKey[0]))).toEqual([96, 97, 98, 99, 100, 101, 102, 103, 104, 105]);
  });

  it('reads nothing that was not selected: the user needs no permission on the other columns', async () => {
    await database.query(`CREATE ROLE narrow LOGIN PASSWORD 'narrow'; GRANT SELECT (id, label) ON numbers TO narrow`);
    const narrow = await openSession(database, { user: 'narrow', password: 'narrow' });
    expect(await readAll(narrow, numbers(), { batchRows: 10_000 })).toHaveLength(1);
    const greedy = readAll(narrow, partition('public.numbers', ['id', 'secret'], ['id']));
    await expect(greedy).rejects.toMatchObject({
      kind: 'auth',
      code: 'forbidden',
      details: { stream: 'public.numbers' },
    });
    await database.query('DROP OWNED BY narrow; DROP ROLE narrow');
  });

  it('asks for the text of a value where the mapping wants text', async () => {
    const part = { ...numbers({ upTo: ['1'] }), projection: [{ field: 'id', as: 'text' as const }] };
    const [first] = await readAll(session, part);
    expect(cellText('text', first!.batch.bytes, 6, 1)).toBe('1');
  });

  it('refuses a record beyond the limit without taking it in', async () => {
    await database.query(
      `CREATE TABLE huge (id integer PRIMARY KEY, body text); INSERT INTO huge VALUES (1, repeat('x', 3000000))`,
    );
    const part = partition('public.huge', ['id', 'body'], ['id']);
    await expect(readAll(session, part, { maxRecordBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'record-too-large',
      kind: 'record',
    });
    expect(await readAll(session, part, { batchBytes: 1_000 })).toHaveLength(1);
  });

  it('waits for a slow consumer instead of filling memory', async () => {
    await database.query('CREATE TABLE wide (id integer PRIMARY KEY, body text)');
    await database.query(`INSERT INTO wide SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 60000) i`);
    const slabs = new SlabPool(100_000);
    const limits = { ...LIMITS, batchBytes: 100_000 };
    const read = session.read({
      partition: partition('public.wide', ['id', 'body'], ['id']),
      limits,
      slabs,
      signal: never(),
    });
    let batches = 0;
    for await (const { batch } of read) {
      if (batches++ < 20) await new Promise((resolve) => setImmediate(resolve));
      slabs.give(batch);
    }
    expect(batches).toBeGreaterThan(500);
    // One being filled, one ready, one with the consumer; each with room for a chunk of the socket.
    expect(slabs.attest().buffers).toBeLessThanOrEqual(4);
    expect(slabs.attest().peakBytes).toBeLessThan(2_000_000);
  });

  it('stops at once when it is cancelled, and leaves no statement running', async () => {
    const stop = new AbortController();
    const slabs = new SlabPool(65_536);
    const read = session.read({
      partition: partition('public.wide', ['id', 'body'], ['id']),
      limits: LIMITS,
      slabs,
      signal: stop.signal,
    });
    const consume = async () => {
      for await (const { batch } of read) {
        slabs.give(batch);
        stop.abort(new Error('cancelled by the user'));
      }
    };
    await expect(consume()).rejects.toThrow('cancelled by the user');
    await until('the reader to leave the server', 10_000, async () => (await activeReaders()).length === 0);
  });

  it('names the stream when the source vanishes in the middle', async () => {
    const slabs = new SlabPool(65_536);
    const read = session.read({
      partition: partition('public.wide', ['id', 'body'], ['id']),
      limits: LIMITS,
      slabs,
      signal: never(),
    });
    const consume = async () => {
      for await (const { batch } of read) {
        slabs.give(batch);
        for (const { pid } of await activeReaders()) await database.query('SELECT pg_terminate_backend($1)', [pid]);
      }
    };
    const failure = await consume().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConnectorError);
    expect(failure).toMatchObject({
      kind: 'transient',
      code: 'connection-lost',
      details: { stream: 'public.wide' },
      retryable: true,
    });
  });

  async function activeReaders(): Promise<{ pid: number }[]> {
    return database.query(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`);
  }
});
