import type { Secret } from '@millrace/kernel';
import { createTables, rolesOf, type Table } from '@millrace/privacy';
import { Client } from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { standardTables } from './standard-tables.js';

export type MigrationClass = new () => MigrationInterface;

/** A migration made of SQL statements. `name` ends in the 13-digit instant that orders migrations. Nothing is ever taken back: write the next one. */
export function sqlMigration(name: string, statements: readonly string[]): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of statements) await runner.query(statement);
    }

    down(): Promise<void> {
      return Promise.reject(new Error(`${name} cannot be taken back; write a new migration`));
    }
  };
}

/** The statements that the declarations of a service stand for: what its migrations must add up to. */
export function declaredSchema(service: string, tables: readonly Table[]): string[] {
  return createTables([...standardTables, ...tables], rolesOf(service));
}

export interface DatabasePasswords {
  readonly owner: Secret;
  readonly app: Secret;
  readonly region: Secret;
}

/**
 * Creates the database of a service and its three roles; safe to repeat. Nobody but them may connect.
 * @param admin a client with the right to create roles and databases, connected to any database of the cluster
 */
export async function createServiceDatabase(
  admin: Client,
  service: string,
  passwords: DatabasePasswords,
): Promise<void> {
  const roles = rolesOf(service);
  for (const [role, password] of [
    [roles.owner, passwords.owner],
    [roles.app, passwords.app],
    [roles.region, passwords.region],
  ] as const) {
    const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    const verb = rowCount ? 'alter' : 'create';
    const literal = admin.escapeLiteral(password.reveal());
    await admin.query(
      `${verb} role ${role} login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password ${literal}`,
    );
  }
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1', [service]);
  if (!rowCount) await admin.query(`create database ${service} owner ${roles.owner}`);
  await admin.query(`revoke all on database ${service} from public`);
  await admin.query(`grant connect on database ${service} to ${roles.app}, ${roles.region}`);
}

/**
 * Creates the databases of several services over one connection.
 * @param adminUrl a connection that may create roles and databases
 */
export async function createServiceDatabases(
  adminUrl: Secret,
  databases: readonly { readonly service: string; readonly passwords: DatabasePasswords }[],
): Promise<void> {
  const admin = new Client({ connectionString: adminUrl.reveal() });
  await admin.connect();
  try {
    for (const { service, passwords } of databases) await createServiceDatabase(admin, service, passwords);
  } finally {
    await admin.end();
  }
}

/** Brings a service's database to the present schema as its owner, and writes the region's name into a new one. */
export async function migrateService(
  service: string,
  ownerUrl: Secret,
  region: string,
  migrations: readonly MigrationClass[],
): Promise<{ applied: string[] }> {
  const source = new DataSource({
    type: 'postgres',
    url: ownerUrl.reveal(),
    migrations: [...migrations],
    migrationsTableName: 'schema_migration',
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    logging: false,
    extra: { max: 1 },
  });
  await source.initialize();
  try {
    const roles = rolesOf(service);
    await source.query(`grant usage on schema public to ${roles.app}, ${roles.region}`);
    const applied = await source.runMigrations({ transaction: 'each' });
    await writeRegion(source, service, region);
    return { applied: applied.map((one) => one.name) };
  } finally {
    await source.destroy();
  }
}

/** Row-level security is forced on the owner too, so it lifts it for the one insert that nobody else may make. */
async function writeRegion(source: DataSource, service: string, region: string): Promise<void> {
  await source.transaction(async (manager) => {
    await manager.query('alter table region_identity no force row level security');
    await manager.query('insert into region_identity (id, region, service) values (1, $1, $2) on conflict do nothing', [
      region,
      service,
    ]);
    await manager.query('alter table region_identity force row level security');
  });
}
