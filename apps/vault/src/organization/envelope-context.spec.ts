import { describe, expect, it } from '@jest/globals';
import { MemoryKeyring } from '@millrace/crypto';
import { envelopeColumns, type Row } from '@millrace/privacy';
import { credentials } from '../credential/credential.table.js';
import { dataKeys } from '../data-key/data-key.table.js';
import { tables } from '../tables.js';
import { envelopeContext } from './envelope-context.js';
import { OrganizationKeys } from './organization-keys.js';

const credential = { orgId: 'org-1', connectionId: 'c-1', version: 1 };
const dataKey = { orgId: 'org-1', purpose: 'sync-state', id: 'k-1' } as const;

describe('what an envelope is bound to', () => {
  it('is its field and what the table says identifies it', () => {
    expect(envelopeContext(credentials, 'ciphertext', credential)).toEqual({
      field: 'credential.ciphertext',
      orgId: 'org-1',
      connectionId: 'c-1',
      version: '1',
    });
  });

  it('holds the organization in every table', () => {
    const bound = envelopeColumns(tables).map(({ boundTo }) => boundTo);
    expect(bound.every((names) => names.includes('orgId'))).toBe(true);
  });

  it('is not guessed: a value that is missing and a column that holds no envelope are refused', () => {
    const { version: _, ...rest } = credential;
    expect(() => envelopeContext(credentials, 'ciphertext', rest)).toThrow('version');
    expect(() => envelopeContext(credentials, 'createdAt', credential)).toThrow('holds no envelope');
  });

  const keys = new OrganizationKeys(new MemoryKeyring());
  const refused = { code: 'envelope-refused' };

  it.each<[string, Partial<Row<typeof credentials>>]>([
    ['connection', { ...credential, connectionId: 'c-2' }],
    ['version', { ...credential, version: 2 }],
    ['organization, under the same key', { ...credential, orgId: 'org-2' }],
  ])('keeps a credential from being read as that of another %s', async (_what, other) => {
    const context = envelopeContext(credentials, 'ciphertext', credential);
    const envelope = await keys.seal('org-1', context, Buffer.from('secret'));
    expect((await keys.open('org-1', context, envelope)).toString()).toBe('secret');
    const moved = keys.open('org-1', envelopeContext(credentials, 'ciphertext', other), envelope);
    await expect(moved).rejects.toMatchObject(refused);
  });

  it('keeps a data key from being read for another purpose, and a credential from another field', async () => {
    const envelope = await keys.seal('org-1', envelopeContext(dataKeys, 'wrapped', dataKey), Buffer.from('secret'));
    const purpose = envelopeContext(dataKeys, 'wrapped', { ...dataKey, purpose: 'field-hash' });
    await expect(keys.open('org-1', purpose, envelope)).rejects.toMatchObject(refused);
    const field = { ...envelopeContext(dataKeys, 'wrapped', dataKey), field: 'credential.ciphertext' };
    await expect(keys.open('org-1', field, envelope)).rejects.toMatchObject(refused);
  });

  it('holds for the organization’s key too', async () => {
    const context = envelopeContext(credentials, 'ciphertext', credential);
    const envelope = await keys.seal('org-1', context, Buffer.from('secret'));
    await keys.seal('org-2', context, Buffer.from('another'));
    await expect(keys.open('org-2', context, envelope)).rejects.toMatchObject(refused);
  });
});
