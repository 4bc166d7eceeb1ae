import { afterAll, describe, expect, it } from '@jest/globals';
import { connect } from 'nats';
import { scratchDirectory, testStack } from './stack.js';

describe('the shared test servers', () => {
  const stack = testStack();

  it('give every caller a database of its own', async () => {
    await using first = await stack.createDatabase();
    await using second = await stack.createDatabase();
    await first.query('create table thing (id int)');
    await first.query('insert into thing values ($1)', [7]);
    expect(await first.query('select id from thing')).toEqual([{ id: 7 }]);
    await expect(second.query('select id from thing')).rejects.toThrow('does not exist');
  });

  it('copy a template with its contents', async () => {
    await using template = await stack.createDatabase();
    await template.query('create table thing as select 1 as id');
    await using copy = await stack.createDatabase({ template: template.name });
    expect(await copy.query('select id from thing')).toEqual([{ id: 1 }]);
  });

  it('give every caller a NATS account in which streams of the same name do not collide', async () => {
    for (const subject of ['first', 'second']) {
      const { url, user, password } = await stack.natsAccount();
      const connection = await connect({ servers: url, user, pass: password.reveal() });
      const streams = await (await connection.jetstreamManager()).streams.add({ name: 'same', subjects: [subject] });
      expect(streams.config.subjects).toEqual([subject]);
      await connection.close();
    }
  });

  it('accept plain NATS connections', async () => {
    const connection = await connect({ servers: stack.nats.url });
    await connection.close();
  });
});

describe('a scratch directory', () => {
  const scratch = scratchDirectory();
  afterAll(() => scratch[Symbol.dispose]());

  it('lies in the temporary folder', () => {
    expect(scratch.path).toContain('millrace-scratch-');
  });
});
