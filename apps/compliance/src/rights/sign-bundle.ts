import { BUNDLE_KIND, type BundleStatement, type Input, kernelProblems, type signBundle } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { LedgerSigner } from '../ledger/ledger-signer.js';
import type { CaseDesk } from './case-desk.js';

/** Signs what the gateway wrote for somebody, notes it in the ledger and completes the case. */
export class SignBundle {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly desk: CaseDesk,
    private readonly signer: LedgerSigner,
  ) {}

  /** The signed note. @throws Problem `kernel.not-found` for a case that was ended, or that is not the caller's */
  async execute({ caseId, manifest, files, rows }: Input<typeof signBundle>, call: Call): Promise<string> {
    const { charter, config, clock } = this.runtime;
    await this.desk.keysOf(caseId, call);
    const wasOpen = await this.database.region({ kind: 'service' }, (tx) => this.desk.complete(tx, caseId));
    if (!wasOpen) throw new Problem(kernelProblems.notFound);
    return call.act(async (_tx, about) => {
      about({ target: { kind: 'case', id: caseId }, details: { rows, files, manifest } });
      const statement: BundleStatement = {
        caseId,
        charter: charter.name,
        region: config.region,
        manifest,
        signedAt: clock.now().toISOString(),
      };
      return this.signer.state(BUNDLE_KIND, statement);
    });
  }
}
