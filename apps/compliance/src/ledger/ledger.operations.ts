import {
  appendToLedger,
  auditLedger,
  type Input,
  type Output,
  proveConsistency,
  proveEntry,
  readCheckpoint,
  readLedgerKey,
} from '@millrace/contracts';
import { EMPTY_ROOT } from '@millrace/ledger';
import { type Call, Handles } from '@millrace/messaging';
import { Database } from '@millrace/persistence';
import { Controller } from '@nestjs/common';
import { LedgerAppender } from './append-entries.js';
import { LedgerAuditor } from './audit-ledger.js';
import { LedgerSigner } from './ledger-signer.js';
import { latestCheckpoint } from './ledger-store.js';
import { EntryProver } from './prove-entry.js';

@Controller()
export class LedgerOperations {
  constructor(
    private readonly appender: LedgerAppender,
    private readonly prover: EntryProver,
    private readonly auditor: LedgerAuditor,
    private readonly signer: LedgerSigner,
    private readonly database: Database,
  ) {}

  @Handles(appendToLedger)
  async append({ entries }: Input<typeof appendToLedger>, call: Call) {
    return { acknowledged: await this.appender.append(call.service, entries) };
  }

  @Handles(readCheckpoint)
  async checkpoint(_input: Input<typeof readCheckpoint>, _call: Call) {
    const newest = await this.database.region({ kind: 'service' }, latestCheckpoint);
    return { text: newest?.note ?? this.signer.sign(0, EMPTY_ROOT) };
  }

  @Handles(readLedgerKey)
  async key(_input: Input<typeof readLedgerKey>, _call: Call) {
    return { text: this.signer.verifierKey };
  }

  @Handles(proveEntry)
  prove({ entryId }: Input<typeof proveEntry>, call: Call) {
    return this.prover.prove(entryId, call);
  }

  @Handles(proveConsistency)
  consistency({ from }: Input<typeof proveConsistency>, _call: Call) {
    return this.prover.proveConsistency(from);
  }

  @Handles(auditLedger)
  async audit({ kept }: Input<typeof auditLedger>, _call: Call): Promise<Output<typeof auditLedger>> {
    const { treeSize, checkpoint, findings } = await this.auditor.audit(kept);
    return { treeSize, checkpoint, findings: findings.map((finding) => ({ ...finding })) };
  }
}
