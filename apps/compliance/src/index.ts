import type { ServiceDefinition } from '@millrace/service';
import { evidence } from './compliance.evidence.js';
import { ComplianceModule } from './compliance.module.js';
import { ForgottenSubjects } from './ledger/forgotten-subjects.js';
import { becomeAppender } from './ledger/ledger-store.js';
import { servedTypes } from './rights/deadline.js';
import { endCase } from './rights/worked-case.js';
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
    const now = runtime.clock.now();
    await forgotten.add(tx, ids, now);
    // Nobody is left to answer: what they asked for in words ends with them.
    const open = await tx.query<{ id: string }>(
      'select case_id as id from case_subject where user_id = any($1::uuid[]) and type <> all($2)',
      [ids, servedTypes],
    );
    for (const { id } of open) await endCase(tx, id, { at: now, outcome: 'withdrawn' });
    return [];
  },
};
