import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { public_ } from './caller.js';
import { f, secretPaths } from './field.js';
import { operation } from './operation.js';

const declared = { summary: 'A test', output: z.strictObject({}), access: public_() };
const withSecret = z.strictObject({ name: f.label(), password: f.secret() });

describe('an operation whose secrets are sealed', () => {
  it('names the context that serves it', () => {
    expect(operation({ ...declared, name: 'vault.a.b', input: withSecret, sealedTo: 'vault' }).sealedTo).toBe('vault');
    for (const sealedTo of ['identity', 'sync'] as const)
      expect(() => operation({ ...declared, name: 'vault.a.b', input: withSecret, sealedTo })).toThrow('serves it');
    const elsewhere = { name: 'sync.a.b', input: withSecret, servedBy: 'sync-worker', sealedTo: 'sync' } as const;
    expect(() => operation({ ...declared, ...elsewhere })).toThrow('serves it');
  });

  it('has a secret to seal', () => {
    const input = z.strictObject({ name: f.label() });
    expect(() => operation({ ...declared, name: 'vault.a.b', input, sealedTo: 'vault' })).toThrow('has no secret');
  });
});

describe('the secrets of a schema', () => {
  it('are found in objects, lists, records, unions and behind what may be missing', () => {
    const account = z.strictObject({ username: f.label(), password: f.secret().optional() });
    const schema = z.discriminatedUnion('kind', [
      z.strictObject({ kind: f.oneOf('one'), credential: account }),
      z.strictObject({ kind: f.oneOf('same'), credential: account }),
      z.strictObject({ kind: f.oneOf('many'), accounts: z.array(account), keys: z.record(z.string(), f.secret()) }),
    ]);
    expect(secretPaths(schema)).toEqual(['/credential/password', '/accounts/*/password', '/keys/*']);
  });
});
