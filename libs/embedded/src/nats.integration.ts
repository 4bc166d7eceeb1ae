import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { connect, type NatsConnection } from 'nats';
import { scratchDirectory } from '@millrace/testing';
import { findNatsServer } from './nats-binary.js';
import { startNats } from './nats.js';

const scratch = scratchDirectory();
afterAll(() => scratch[Symbol.dispose]());

function options(name: string, config?: string) {
  const storeDir = path.join(scratch.path, name);
  return { storeDir, config, logFile: `${storeDir}.log` };
}

async function using<T>(url: string, use: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

describe('a nats-server of our own', () => {
  it('keeps its streams over a stop and a kill', async () => {
    const home = options('kept streams');
    const first = await startNats(home);
    await using(first.url, async (connection) => {
      await (await connection.jetstreamManager()).streams.add({ name: 'work', subjects: ['work.>'] });
      await connection.jetstream().publish('work.one', 'first');
    });
    await first.stop();

    const second = await startNats(home);
    await using(second.url, (connection) => connection.jetstream().publish('work.two', 'second'));
    second.kill('SIGKILL');
    await second.exited;

    const third = await startNats(home);
    const messages = await using(third.url, async (connection) => {
      return (await (await connection.jetstreamManager()).streams.info('work')).state.messages;
    });
    expect(messages).toBe(2);
    await third.stop();
  });

  it('keeps its configuration and its log to itself and listens on the loopback interface', async () => {
    const server = await startNats(options('private', 'accounts { A { users: [ { user: a, password: "secret" } ] } }'));
    expect(statSync(server.configFile).mode & 0o077).toBe(0);
    expect(statSync(path.dirname(server.configFile)).mode & 0o077).toBe(0);
    expect(server.host).toBe('127.0.0.1');
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
    await server.stop();
  });

  it('takes a new configuration without a restart, and keeps the old one when the new one is wrong', async () => {
    const server = await startNats(options('reload'));
    await server.reload('authorization { user: a, password: b }');
    await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow(/authorization/i);
    const working = readFileSync(server.configFile, 'utf8');
    await expect(server.reload('authorization {')).rejects.toThrow('keeps the old one');
    expect(readFileSync(server.configFile, 'utf8')).toBe(working);
    const connection = await connect({ servers: server.url, user: 'a', pass: 'b' });
    await connection.close();
    await server.stop();
  });

  it('refuses a second server on the same directory', async () => {
    const home = options('twice');
    const server = await startNats(home);
    await expect(startNats(home)).rejects.toMatchObject({ code: 'embedded.directory-in-use' });
    await server.stop();
    await (await startNats(home)).stop();
  });

  it('takes another port when the preferred one is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const taken = (squatter.address() as { port: number }).port;
    const server = await startNats({ ...options('displaced'), preferredPort: taken });
    expect(server.port).not.toBe(taken);
    await server.stop();
    squatter.close();
  });

  it('says what is wrong with a configuration that it cannot start with', async () => {
    await expect(startNats(options('broken', 'accounts {'))).rejects.toMatchObject({
      code: 'embedded.start-failed',
      message: expect.stringContaining('Parse error'),
    });
  });

  it('refuses messages of more than a mebibyte', async () => {
    const server = await startNats(options('limits'));
    expect(await using(server.url, async (connection) => connection.info?.max_payload)).toBe(1024 * 1024);
    await server.stop();
  });
});

describe('finding nats-server', () => {
  it('takes the program that was named, and nothing else', () => {
    const { path: program } = findNatsServer({ path: '' });
    expect(findNatsServer({ explicit: program })).toEqual({ path: program });
    expect(() => findNatsServer({ explicit: '/nowhere/nats-server', path: path.dirname(program) })).toThrow(
      'NATS_SERVER_BIN names /nowhere/nats-server, which is not a program',
    );
  });

  it('says in one line what to type when there is none', () => {
    writeFileSync(path.join(scratch.path, 'nats-server'), 'not executable');
    expect(() => findNatsServer({ path: scratch.path, places: [] })).toThrow(
      /^embedded\.program-missing: nats-server is not installed; type: .*(apt-get|brew) install.*nats-server$/,
    );
  });
});
