import { describe, expect, it } from '@jest/globals';
import { Connection } from '@millrace/contracts';
import { toSnake } from '@millrace/privacy';
import { type ConnectionRow, shown } from './connection.queries.js';
import { columnMeanings, connections, meaningOfColumn } from './connection.table.js';

const row: ConnectionRow = {
  id: '0192f000-0000-7000-8000-000000000001',
  orgId: '0192f000-0000-7000-8000-000000000002',
  name: 'shop',
  nameKey: 'shop',
  provider: 'postgres',
  account: 'reader',
  config: { host: 'db.example.com', port: 5432, database: 'shop', tls: 'verify-full' },
  auth: 'database-password',
  state: 'active',
  health: 'working',
  scopes: [],
  createdAt: new Date('2026-01-02T03:04:05.006Z'),
  revokedAt: null,
  atProvider: null,
};

describe('a connection', () => {
  it('is shown as the contract says, in both states', () => {
    for (const one of [
      row,
      { ...row, state: 'revoked' as const, nameKey: null, revokedAt: new Date('2026-02-02T00:00:00.000Z') },
    ]) {
      expect(Connection.parse(shown(one))).toEqual(shown(one));
    }
    expect(shown(row)).not.toHaveProperty('revokedAt');
  });

  it('has a meaning for each declared column and for no other', () => {
    for (const key of Object.keys(connections.columns))
      expect(meaningOfColumn(toSnake(key))).toBe(columnMeanings[key as keyof typeof columnMeanings]);
    for (const name of ['account_email', 'orgId', 'constructor', '']) expect(meaningOfColumn(name)).toBeUndefined();
  });
});
