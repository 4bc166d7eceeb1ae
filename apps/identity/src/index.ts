import type { ServiceDefinition } from '@millrace/service';
import { evidence } from './identity.evidence.js';
import { IdentityModule } from './identity.module.js';
import { migrations } from './migrations/index.js';
import { beforeErase } from './organization/before-erase.js';
import { pepperNeeds } from './password/pepper-needs.js';
import { tables } from './tables.js';

/** Accounts, organizations, sessions. */
export const definition: ServiceDefinition = {
  name: 'identity',
  tables,
  migrations,
  module: IdentityModule,
  evidence,
  keysNeeded: { pepper: pepperNeeds },
  beforeErase,
};
