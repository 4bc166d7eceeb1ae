import type { ServiceDefinition } from '@millrace/service';
import { ComplianceModule } from './compliance.module.js';
import { migrations } from './migrations/index.js';
import { tables } from './tables.js';

/** The ledger, the charter's promises and people's rights. */
export const definition: ServiceDefinition = { name: 'compliance', tables, migrations, module: ComplianceModule };
