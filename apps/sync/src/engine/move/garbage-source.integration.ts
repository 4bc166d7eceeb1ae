import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ConnectorError, Session } from '@millrace/connector-sdk';
import { behindTampering, onCopyMessage } from '../../../../../libs/connectors/postgres/src/hostile-server.fixture.js';
import { openSession } from '../../../../../libs/connectors/postgres/src/session.fixture.js';
import { Folder } from './files.fixture.js';
import { Bridge, compileMapping, type Mapping, startMove } from './move.fixture.js';
import type { MoveFailed } from './move-partition.js';

/** More than are looked at to tell the fields. */
const GOOD = 1_250;
const BATCH = 100;

let folder: Folder;
let bridge: Bridge;
let tables = 0;

beforeAll(async () => {
  folder = new Folder();
  bridge = await Bridge.open();
});
afterAll(async () => {
  await bridge.close();
  folder[Symbol.dispose]();
});

/** Moves what cannot be read to its end; answers why it stopped. */
async function stopped(source: Session, mapping: Mapping): Promise<ConnectorError> {
  const stream = await compileMapping(mapping, source, bridge.to);
  const failure = await startMove(stream, source, bridge.to, {
    limits: { batchRows: BATCH },
    writeId: mapping.to,
  }).done.then(
    () => undefined,
    (error: unknown) => error as MoveFailed,
  );
  expect(failure?.name).toBe('MoveFailed');
  expect(failure!.result.discard.complete).toBe(true);
  const reason = failure!.reason as ConnectorError;
  expect(reason.name).toBe('ConnectorError');
  expect(JSON.stringify([reason, failure!.result]) + reason.stack).not.toContain('CANARY');
  return reason;
}

/** Upserts and replaces from a source that breaks in the middle: the one leaves whole batches, the other what was there. */
async function expectNothingHalf(source: Session, from: string): Promise<ConnectorError> {
  const table = `target_${tables++}`;
  const fields = [{ from: 'id' }, { from: 'v' }];
  const reason = await stopped(source, { from, to: table, key: ['id'], fields });
  const written = await bridge.lines('target', `SELECT id::int, v FROM ${table} ORDER BY 1`);
  // Two batches are under way at a time, and the later one may be the one that was through.
  const batches = await bridge.lines('target', `SELECT DISTINCT (id::int - 1) / ${BATCH} FROM ${table}`);
  const whole = batches.flatMap((batch) =>
    Array.from({ length: BATCH }, (_, index) => Number(batch.slice(1, -1)) * BATCH + index + 1),
  );
  expect(written).toEqual(whole.map((id) => `(${id},CANARY-${id})`).sort());
  expect(Math.max(0, ...whole)).toBeLessThanOrEqual(GOOD);
  await bridge.target.query(`TRUNCATE ${table}; INSERT INTO ${table} VALUES (7, 'before')`);
  const again = await stopped(source, { from, to: table, mode: 'replace', key: ['id'], fields });
  expect(again.code).toBe(reason.code);
  expect(await bridge.lines('target', `SELECT * FROM ${table}`)).toEqual(['(7,before)']);
  return reason;
}

describe('a file that breaks in the middle', () => {
  const inCsv = (line: string) => Buffer.from(line, 'latin1');
  const rows = (print: (id: number) => string) => Array.from({ length: GOOD }, (_, index) => print(index + 1)).join('');
  const types = { key: ['id'], types: { id: 'bigint' } };

  it.each([
    ['csv', 'a field too many', '1251,CANARY,more\n'],
    ['csv', 'a field too few', '1251\n'],
    ['csv', 'a quote that nobody closes', '1251,"CANARY\n1252,CANARY\n'],
    ['csv', 'text behind a closing quote', '1251,"CANARY"CANARY\n'],
    ['csv', 'a quote inside of a bare field', '1251,CAN"ARY\n'],
    ['csv', 'a number that is none', 'CANARY,v\n'],
    ['csv', 'no UTF-8', '1251,CANARY\xff\xfe\n'],
    ['csv', 'zeros, as a disk leaves them', '\0'.repeat(5_000)],
    ['ndjson', 'a line that is cut off', '{"id":1251,"v":"CAN'],
    ['ndjson', 'a line that is no JSON', 'CANARY\n'],
    ['ndjson', 'JSON that is no object', '["CANARY"]\n'],
    ['ndjson', 'two objects in a line', '{"id":1251,"v":"CANARY"}{"id":1252,"v":"CANARY"}\n'],
    ['ndjson', 'no key', '{"v":"CANARY"}\n'],
    ['ndjson', 'a key of another type', '{"id":{"CANARY":1},"v":"CANARY"}\n'],
    ['ndjson', 'no UTF-8', '{"id":1251,"v":"CANARY\xff\xfe"}\n'],
    [
      'ndjson',
      'an object in ten thousand others',
      `{"id":1251,"v":${'{"CANARY":'.repeat(10_000)}1${'}'.repeat(10_000)}}x\n`,
    ],
    ['ndjson', 'zeros, as a disk leaves them', '\0'.repeat(5_000)],
  ] as const)('%s: %s', async (format, _what, garbage) => {
    const name = `broken-${tables}.${format}`;
    const good =
      format === 'csv'
        ? `id,v\n${rows((id) => `${id},CANARY-${id}\n`)}`
        : rows((id) => `{"id":${id},"v":"CANARY-${id}"}\n`);
    await folder.write(name, Buffer.concat([Buffer.from(good), inCsv(garbage)]));
    const source = await folder.open(format, { [name]: types });
    const reason = await expectNothingHalf(source, name);
    expect(reason).toMatchObject({ code: 'record-malformed', details: { stream: name } });
  });
});

describe('a server that breaks in the middle', () => {
  beforeAll(() =>
    bridge.source.query(
      `CREATE TABLE broken (id bigint PRIMARY KEY, v text NOT NULL); INSERT INTO broken SELECT i, 'CANARY-' || i FROM generate_series(1, 2000) i`,
    ),
  );

  it.each([
    ['a row of a cell too many', (row: Buffer) => (row.writeInt16BE(3, 5), row), 'protocol-violation'],
    ['a row cut off', (row: Buffer) => [row.subarray(0, 17), 'cut' as const], 'connection-lost'],
  ])('%s', async (_what, change, code) => {
    await using server = await behindTampering(bridge.source, onCopyMessage(GOOD + 1, change));
    const source = await openSession(bridge.source, { port: server.port });
    expect(await expectNothingHalf(source, 'public.broken')).toMatchObject({ code });
    await source.close();
  });
});
