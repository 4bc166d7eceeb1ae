import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contextOperations, signIn } from '@millrace/contracts';
import { MovableClock } from '@millrace/kernel';
import { keyFile } from '@millrace/service';
import { URI } from 'otpauth';
import { codeOf, People, PUBLIC } from '../identity.fixture.js';

const clock = new MovableClock();
const { takeUpKey } = contextOperations('identity');

let people: People;
beforeAll(async () => {
  people = await People.start({ clock });
}, 60_000);
afterAll(() => people?.region.stop());

const query = <T>(sql: string, parameters: readonly unknown[] = []) =>
  people.region.service('identity').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql, parameters));

const takeUp = async () => {
  const operator = await people.region.clientOf('operator');
  const caller = { kind: 'service', name: 'operator' } as const;
  return (await operator.call(takeUpKey, { kind: 'pepper', owner: 'identity' }, caller)).versions;
};

describe('a new version of the pepper', () => {
  it('goes into a password when its owner signs in, while second factors go on with theirs', async () => {
    const { call, file } = {
      call: people.region.gatewayCall,
      file: keyFile(people.region.secrets.root, 'pepper', 'identity'),
    };
    const ada = await people.join('ada@example.com');
    const { uri, recoveryCodes } = await people.addAuthenticator(ada.caller);
    const versionOf = async (table: string) => {
      const [row] = await query<{ v: number }>(`select pepper_version as v from ${table} limit 1`);
      return row!.v;
    };
    const signingIn = (secondFactor: string) => {
      const { email, password } = ada;
      return codeOf(call(signIn, { email, password, device: 'a test', secondFactor }, PUBLIC));
    };
    const shown = () => {
      clock.advance(30_000);
      return URI.parse(uri).generate({ timestamp: clock.now().getTime() });
    };

    await file.add();
    const [first, second] = await takeUp();
    expect(first).toEqual({ version: '1', inUse: false, neededBy: 12 });
    expect(second).toEqual({ version: '2', inUse: true, neededBy: 0 });
    expect(await versionOf('account')).toBe(1);

    expect(await signingIn(shown())).toBe('no problem');
    expect(await versionOf('account')).toBe(2);
    expect(await versionOf('authenticator')).toBe(1);
    expect(await signingIn(shown())).toBe('no problem');
    expect(await signingIn(recoveryCodes[0]!)).toBe('no problem');

    const bob = await people.join('bob@example.com');
    await people.addAuthenticator(bob.caller);
    expect(await takeUp()).toEqual([
      { version: '1', inUse: false, neededBy: 10 },
      { version: '2', inUse: true, neededBy: 13 },
    ]);
    const entries = await query<{ details: object }>(
      `select details from audit_outbox where event = 'key-file.taken-up' order by at, entry_id`,
    );
    expect(entries).toHaveLength(2);
    expect(entries[0]!.details).toMatchObject({ kind: 'pepper', owner: 'identity', held: 2, inUse: '2' });
  });
});
