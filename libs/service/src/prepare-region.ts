import { Secret } from '@millrace/kernel';
import { connectNats, createStreams } from '@millrace/messaging';
import { createServiceDatabases, migrateService } from '@millrace/persistence';
import { rolesOf } from '@millrace/privacy';
import type { ServiceDefinition } from './definition.js';
import type { RegionConfig } from './region-config.js';
import type { SecretsDirectory } from './secrets-directory.js';

export interface PreparedService {
  readonly service: string;
  /** Names of the migrations that were applied now; empty when the schema was up to date. */
  readonly applied: string[];
}

/**
 * The migrate step of a region: databases and roles, schemas, streams and consumers. Safe to repeat.
 * @param adminUrl a connection that may create roles and databases; undefined where an operator has made them already
 */
export async function prepareRegion(
  config: RegionConfig,
  secrets: SecretsDirectory,
  definitions: readonly ServiceDefinition[],
  adminUrl?: Secret,
): Promise<PreparedService[]> {
  if (adminUrl) await createDatabases(secrets, definitions, adminUrl);
  const { host, port } = config.postgres;
  const prepared = await Promise.all(
    definitions.map(async ({ name, migrations }) => {
      const password = await secrets.databasePassword(name, 'owner');
      const url = new Secret(
        `postgres://${rolesOf(name).owner}:${encodeURIComponent(password.reveal())}@${host}:${port}/${name}`,
      );
      return { service: name, ...(await migrateService(name, url, config.region, migrations)) };
    }),
  );
  await prepareStreams(config, secrets);
  return prepared;
}

async function createDatabases(
  secrets: SecretsDirectory,
  definitions: readonly ServiceDefinition[],
  adminUrl: Secret,
): Promise<void> {
  const databases = definitions.map(async ({ name }) => ({
    service: name,
    passwords: {
      owner: await secrets.databasePassword(name, 'owner'),
      app: await secrets.databasePassword(name, 'app'),
      region: await secrets.databasePassword(name, 'region'),
    },
  }));
  await createServiceDatabases(adminUrl, await Promise.all(databases));
}

async function prepareStreams(config: RegionConfig, secrets: SecretsDirectory): Promise<void> {
  const password = await secrets.natsPassword('migrator');
  const connection = await connectNats({ servers: config.nats.servers, user: 'migrator', password });
  try {
    await createStreams(connection);
  } finally {
    await connection.close();
  }
}
