import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DatabaseRole } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import pg from 'pg';
import { everyService } from '../e2e/journey.js';

const roles: readonly DatabaseRole[] = ['owner', 'app', 'region'];
const INSUFFICIENT_PRIVILEGE = '42501';

let region: TestRegion;
beforeAll(async () => {
  region = await startTestRegion({ definitions: everyService });
}, 60_000);
afterAll(() => region?.stop());

/** The SQLSTATE that a role's attempt to enter a database ends with. */
async function entering(database: string, service: string, role: DatabaseRole): Promise<string> {
  const password = await region.secrets.databasePassword(service, role);
  const client = new pg.Client({
    connectionString: region.postgres.url(database, `${service}_${role}`, password).reveal(),
  });
  try {
    await client.connect();
    return 'entered';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  } finally {
    await client.end();
  }
}

const others = everyService.map(({ name }) => name).filter((name) => name !== 'vault');
const allOf = (service: string) => roles.map((role) => [service, role] as const);

describe('the vault’s database', () => {
  it.each(allOf('vault'))('is open to %s_%s, which no other database is', async (service, role) => {
    expect(await entering('vault', service, role)).toBe('entered');
    for (const other of others)
      expect([other, await entering(other, service, role)]).toEqual([other, INSUFFICIENT_PRIVILEGE]);
  });

  it.each(others.flatMap(allOf))('is closed to %s_%s', async (service, role) => {
    expect(await entering('vault', service, role)).toBe(INSUFFICIENT_PRIVILEGE);
  });
});
