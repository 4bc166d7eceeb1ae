import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestDatabase, testStack } from '@millrace/testing';
import fc from 'fast-check';
import {
  behindTampering,
  hostileServer,
  type HostileServer,
  message,
  onCopyMessage,
} from './hostile-server.fixture.js';
import { never, openSession, partition, readAll } from './session.fixture.js';

/** Longer than any of these takes; a server that is silent would be given up after fifteen seconds. */
const SOON_MS = 10_000;
/** What a run of the tests draws; see fast-check.mjs. */
const FUZZ_RUNS = 150;

const ok = message('R', Buffer.alloc(4));
const ready = message('Z', 'I');
const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);

let database: TestDatabase;

beforeAll(async () => {
  database = await testStack().createDatabase();
  await database.query(`CREATE TABLE t (id integer PRIMARY KEY, v text)`);
  await database.query(`INSERT INTO t SELECT i, 'CANARY ' || i FROM generate_series(1, 2000) i`);
});
afterAll(() => database.drop());

async function failureAt(
  { port }: HostileServer,
  act: (session: Awaited<ReturnType<typeof openSession>>) => Promise<unknown>,
) {
  const session = await openSession(database, { port });
  try {
    const failure = await act(session).then(
      () => undefined,
      (error: unknown) => error as Error,
    );
    expect(JSON.stringify(failure) + String(failure) + failure?.stack).not.toContain('CANARY');
    return failure;
  } finally {
    await session.close();
  }
}

describe('whoever does not greet as PostgreSQL does', () => {
  it.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nCANARY'],
    ['random bytes', Buffer.from('8f3a00ff41c2ffffffff0000', 'hex')],
    ['a message of no length', Buffer.from([0x52, 0, 0, 0, 0])],
    ['a message of negative length', Buffer.from([0x52, 255, 255, 255, 255])],
    ['an unknown way to sign in', message('R', Buffer.from([0, 0, 0, 99]))],
    ['an error that does not end', message('E', 'SFATAL\0MCANARY')],
    ['a notice that does not end', Buffer.concat([ok, message('N', 'SCANARY'), ready])],
    ['a sign-in that stops short', message('R', Buffer.alloc(1))],
    [
      'a challenge that nobody asked for',
      message('R', Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('CANARY')])),
      'unreachable',
    ],
    ['rows of more cells than they have', Buffer.concat([ok, ready, message('D', int16(9))]), 'unreachable'],
    ['a notice larger than memory', Buffer.concat([ok, message('N', 'x', 0x7fffffff)])],
  ])(
    '%s: is said to be something else, or away',
    async (_what, greeting, code = 'unsupported-server') => {
      await using server = await hostileServer((socket) => socket.once('data', () => socket.write(greeting)));
      const failure = await failureAt(server, (session) => session.check(never()));
      expect(failure).toMatchObject({ name: 'ConnectorError', code });
    },
    SOON_MS,
  );

  it('whatever it says, the connector answers with an error of its own', async () => {
    const part = fc.oneof(
      fc.constant(ok),
      fc.constant(ready),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom(...'RKSZCDTEINAtns123GHWdc'), fc.uint8Array({ maxLength: 30 }))
        .map(([type, body]) => message(type, Buffer.from(body))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 8 }), async (parts) => {
        await using server = await hostileServer((socket) => {
          socket.once('data', () => socket.end(Buffer.concat(parts)));
        });
        const failure = await failureAt(server, (session) => session.check(never()));
        expect(failure?.name).toBe('ConnectorError');
      }),
      { numRuns: FUZZ_RUNS },
    );
  }, 60_000);

  it('an answer without an end is given up, not kept', async () => {
    const described = message('T', Buffer.concat([int16(1), Buffer.from('v\0'), Buffer.alloc(18)]));
    const row = message('D', Buffer.concat([int16(1), Buffer.from([0, 15, 255, 255]), Buffer.alloc(0xfffff)]));
    await using server = await hostileServer((socket) => {
      const pour = () => {
        while (socket.writable && socket.write(row));
      };
      socket.once('data', () => {
        socket.write(Buffer.concat([ok, ready]));
        socket.once('data', () => {
          socket.on('drain', pour).write(described);
          pour();
        });
      });
    });
    const before = process.memoryUsage().rss;
    const failure = await failureAt(server, (session) => session.check(never()));
    expect(failure).toMatchObject({ name: 'ConnectorError', code: 'answer-too-large' });
    expect(process.memoryUsage().rss - before).toBeLessThan(1.2e9);
  }, 60_000);
});

describe('rows that are none', () => {
  const from = (at: number, change: (bytes: Buffer) => void) => (one: Buffer) => {
    change(one.subarray(at));
    return one;
  };
  it.each([
    ['a cell too many', from(5, (row) => row.writeInt16BE(3)), 'protocol-violation'],
    ['a cell too few', from(5, (row) => row.writeInt16BE(1)), 'protocol-violation'],
    ['a cell that goes beyond its row', from(15, (row) => row.writeInt32BE(1_000)), 'protocol-violation'],
    ['a cell that ends before its row does', from(15, (row) => row.writeInt32BE(3)), 'protocol-violation'],
    ['a cell of negative length', from(15, (row) => row.writeInt32BE(-7)), 'protocol-violation'],
    ['a message of no length', from(1, (row) => row.writeInt32BE(0)), 'protocol-violation'],
    ['a message of negative length', from(1, (row) => row.writeInt32BE(-1)), 'protocol-violation'],
    ['a message larger than any record may be', from(1, (row) => row.writeInt32BE(0x7ffffff0)), 'record-too-large'],
    ['a message of an unknown type', from(0, (row) => row.write('?')), 'protocol-violation'],
    ['a notice larger than memory', () => message('N', 'SCANARY', 0x7fffffff), 'protocol-violation'],
    ['an error that does not end', () => message('E', 'SERROR\0MCANARY'), 'protocol-violation'],
    [
      'a connection that is cut in the middle of a row',
      (one: Buffer) => [one.subarray(0, 12), 'cut' as const],
      'connection-lost',
    ],
    ['an end that comes too early', () => [message('c', ''), 'cut' as const], 'connection-lost'],
  ])(
    '%s: ends the reading with a clear code',
    async (_what, change, code) => {
      await using server = await behindTampering(database, onCopyMessage(1_000, change));
      const failure = await failureAt(server, (session) =>
        readAll(session, partition('public.t', ['id', 'v'], ['id'])),
      );
      expect(failure).toMatchObject({ name: 'ConnectorError', code, details: { stream: 'public.t' } });
    },
    SOON_MS,
  );

  it.each([
    ['no signature', 1, from(5, (header) => header.write('CANARY'))],
    ['no end', 2_001, () => []],
  ])(
    'and so does a reading with %s',
    async (_what, number, change) => {
      await using server = await behindTampering(database, onCopyMessage(number, change));
      const failure = await failureAt(server, (session) =>
        readAll(session, partition('public.t', ['id', 'v'], ['id'])),
      );
      expect(failure).toMatchObject({ code: 'protocol-violation', details: { stream: 'public.t' } });
    },
    SOON_MS,
  );

  it('but what is passed on as it is arrives', async () => {
    await using server = await behindTampering(database, () => (one) => one);
    const session = await openSession(database, { port: server.port });
    const batches = await readAll(session, partition('public.t', ['id', 'v'], ['id']));
    expect(batches.reduce((sum, { batch }) => sum + batch.rowCount, 0)).toBe(2_000);
    await session.close();
  });
});
