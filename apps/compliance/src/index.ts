import type { ServiceDefinition } from '@millrace/service';
import { evidence } from './compliance.evidence.js';
import { ComplianceModule } from './compliance.module.js';
import { ForgottenSubjects } from './ledger/forgotten-subjects.js';
import { becomeAppender } from './ledger/ledger-store.js';
import { migrations } from './migrations/index.js';
import { tables } from './tables.js';

/** The ledger, the charter's promises and people's rights. */
export const definition: ServiceDefinition = {
  name: 'compliance',
  tables,
  migrations,
  module: ComplianceModule,
  evidence,
  /**
   * Entries about the person that reach the ledger from now on are appended without their personal fields. The appender
   * waits meanwhile, so that none slips in between the list and the deletion.
   */
  beforeErase: async (tx, { ids }, runtime) => {
    const forgotten = await ForgottenSubjects.of(runtime);
    await becomeAppender(tx);
    await forgotten.add(tx, ids, runtime.clock.now());
    return [];
  },
};
