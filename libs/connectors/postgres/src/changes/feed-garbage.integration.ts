import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@millrace/kernel';
import type { TestDatabase } from '@millrace/testing';
import { behindTampering, message, type Tamper } from '../hostile-server.fixture.js';
import { openSession } from '../session.fixture.js';
import { follows, type LogicalServer, readLog, startLogicalServer } from './logical-server.fixture.js';

/** Of a message that carries the log: its own header, then the 25 bytes before what the log says. */
const LOG_AT = 30;
const INSERT = 'I';

describe('a log that is none ends the following with a clear code', () => {
  let server: LogicalServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await startLogicalServer();
    database = await server.createDatabase();
    await database.query('CREATE TABLE t (id integer PRIMARY KEY, v text)');
    await (await (await openSession(database)).log!.follow(request())).close();
    await database.query(`TRUNCATE t; INSERT INTO t VALUES (1, 'CANARY')`);
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  const request = () => follows('t', { 'public.t': ['id', 'v'] });

  /** Changes what the log says of type `type`, from its first byte on; what comes before passes. */
  const onLog =
    (type: string, change: (log: Buffer, whole: Buffer) => ReturnType<Tamper> | void): (() => Tamper) =>
    () =>
    (one) => {
      if (one[0] !== 0x64 || one[LOG_AT] !== type.charCodeAt(0)) return one;
      const whole = Buffer.from(one);
      return change(whole.subarray(LOG_AT), whole) ?? whole;
    };

  // Behind type and relation stand `N`, the count of cells, and of the first its mark and length.
  it.each([
    ['a cell of negative length', onLog(INSERT, (log) => void log.writeInt32BE(-9, 9)), 'protocol-violation'],
    [
      'a cell that goes beyond its message',
      onLog(INSERT, (log) => void log.writeInt32BE(70_000, 9)),
      'protocol-violation',
    ],
    ['more cells than there are', onLog(INSERT, (log) => void log.writeInt16BE(900, 6)), 'protocol-violation'],
    ['a cell of an unknown kind', onLog(INSERT, (log) => void log.write('?', 8)), 'protocol-violation'],
    ['a message of an unknown kind', onLog(INSERT, (log) => void log.write('?')), 'protocol-violation'],
    [
      'a relation of more columns than it names',
      onLog('R', (log) => void log.writeInt16BE(30_000, 15)),
      'protocol-violation',
    ],
    ['a relation without an end', onLog('R', (log) => void log.fill('x', 5)), 'missing-stream'],
    [
      'more truncated tables than it names',
      onLog('T', (log) => void log.writeInt32BE(0x7fffffff, 1)),
      'protocol-violation',
    ],
    ['a message of no length', onLog(INSERT, (_, whole) => void whole.writeInt32BE(0, 1)), 'protocol-violation'],
    [
      'a message larger than any record may be',
      onLog(INSERT, (_, whole) => void whole.writeInt32BE(0x7ffffff0, 1)),
      'record-too-large',
    ],
    ['a notice larger than memory', onLog(INSERT, () => message('N', 'SCANARY', 0x7fffffff)), 'protocol-violation'],
    [
      'a connection that is cut in the middle',
      onLog(INSERT, (_, whole) => [whole.subarray(0, 40), 'cut']),
      'connection-lost',
    ],
  ])('%s', async (_what, tamper, code) => {
    await using proxy = await behindTampering(database, tamper);
    const session = await openSession(database, { port: proxy.port });
    const failure = await readLog(session, request()).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ name: 'ConnectorError', code });
    expect(JSON.stringify(failure) + failure!.stack).not.toContain('CANARY');
    await session.close();
    await until('the feed to be free', 10_000, async () => {
      return (await database.query('SELECT 1 FROM pg_replication_slots WHERE active')).length === 0;
    });
  });
});
