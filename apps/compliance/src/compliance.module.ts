import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { LedgerAppender } from './ledger/append-entries.js';
import { LedgerAuditor } from './ledger/audit-ledger.js';
import { ForgottenSubjects } from './ledger/forgotten-subjects.js';
import { LedgerSigner } from './ledger/ledger-signer.js';
import { LedgerOperations } from './ledger/ledger.operations.js';
import { EntryProver } from './ledger/prove-entry.js';

@Module({
  controllers: [LedgerOperations],
  providers: [
    {
      provide: LedgerSigner,
      inject: [Runtime],
      useFactory: async ({ secrets, charters, config }: Runtime) =>
        new LedgerSigner(`millrace/${charters.name}/${config.region}`, await secrets.signingKey('ledger')),
    },
    {
      provide: ForgottenSubjects,
      inject: [Runtime],
      useFactory: async ({ secrets }: Runtime) => new ForgottenSubjects(await secrets.regionKey('lookup')),
    },
    {
      provide: LedgerAppender,
      inject: [Runtime, Database, LedgerSigner, ForgottenSubjects],
      useFactory: ({ clock, config }: Runtime, database: Database, signer: LedgerSigner, forgotten: ForgottenSubjects) =>
        new LedgerAppender({ database, signer, forgotten, clock, region: config.region }),
    },
    wire(EntryProver, Database),
    wire(LedgerAuditor, Database, LedgerSigner),
  ],
})
export class ComplianceModule {}
