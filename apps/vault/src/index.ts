import type { ServiceDefinition } from '@millrace/service';
import { migrations } from './migrations/index.js';
import { beforeErase } from './organization/before-erase.js';
import { tables } from './tables.js';
import { evidence } from './vault.evidence.js';
import { VaultModule } from './vault.module.js';

/** Connections, their sealed credentials, and the keys of organizations. */
export const definition: ServiceDefinition = {
  name: 'vault',
  tables,
  migrations,
  module: VaultModule,
  evidence,
  beforeErase,
};
