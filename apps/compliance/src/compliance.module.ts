import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { CharterOperations } from './charter/charter.operations.js';
import { CharterPublisher } from './charter/publish-charter.js';
import { DocumentDesk } from './document/document-desk.js';
import { DocumentOperations } from './document/document.operations.js';
import { HoldDesk } from './hold/hold-desk.js';
import { HoldOperations } from './hold/hold.operations.js';
import { SpreadHolds } from './hold/spread-holds.js';
import { LedgerAppender } from './ledger/append-entries.js';
import { LedgerAuditor } from './ledger/audit-ledger.js';
import { ForgottenSubjects } from './ledger/forgotten-subjects.js';
import { LedgerSigner } from './ledger/ledger-signer.js';
import { ledgerSigner } from './ledger/ledger.evidence.js';
import { LedgerOperations } from './ledger/ledger.operations.js';
import { EntryProver } from './ledger/prove-entry.js';
import { PromiseSchedule } from './promise/promise-schedule.js';
import { AttestPromises } from './promise/attest-promises.js';
import { PromiseOperations } from './promise/promise.operations.js';
import { PromiseBoard } from './promise/verify-promises.js';
import { CaseDesk } from './rights/case-desk.js';
import { CaseOffice } from './rights/case-office.js';
import { CaseRegister } from './rights/case-register.js';
import { EraseEverywhere } from './rights/erase-everywhere.js';
import { ErasureLoop } from './rights/erasure-loop.js';
import { ExportHoldings } from './rights/export-holdings.js';
import { PersonRequests } from './rights/person-requests.js';
import { RequestErasure } from './rights/request-erasure.js';
import { RequestOperations } from './rights/request.operations.js';
import { RightsOperations } from './rights/rights.operations.js';
import { SignBundle } from './rights/sign-bundle.js';
import { TaskOperations } from './task/task.operations.js';
import { TaskWatch } from './task/task-watch.js';

@Module({
  controllers: [
    LedgerOperations,
    PromiseOperations,
    CharterOperations,
    RightsOperations,
    RequestOperations,
    HoldOperations,
    DocumentOperations,
    TaskOperations,
  ],
  providers: [
    { provide: LedgerSigner, inject: [Runtime], useFactory: ledgerSigner },
    { provide: ForgottenSubjects, inject: [Runtime], useFactory: (runtime: Runtime) => ForgottenSubjects.of(runtime) },
    {
      provide: LedgerAppender,
      inject: [Runtime, Database, LedgerSigner, ForgottenSubjects],
      useFactory: (
        { clock, config }: Runtime,
        database: Database,
        signer: LedgerSigner,
        forgotten: ForgottenSubjects,
      ) => new LedgerAppender({ database, signer, forgotten, clock, region: config.region }),
    },
    wire(EntryProver, Database),
    wire(LedgerAuditor, Database, LedgerSigner),
    wire(PromiseBoard, Runtime, Database),
    wire(AttestPromises, Runtime, LedgerSigner),
    wire(CharterPublisher, Runtime, Database),
    wire(PromiseSchedule, Runtime, PromiseBoard, CharterPublisher),
    wire(CaseDesk, Runtime),
    wire(CaseRegister),
    wire(ExportHoldings, Runtime, Database, CaseDesk),
    wire(SignBundle, Runtime, Database, CaseDesk, LedgerSigner),
    wire(EraseEverywhere, Runtime, Database),
    wire(ErasureLoop, Runtime, EraseEverywhere),
    wire(PersonRequests, Runtime, Database, CaseDesk),
    wire(CaseOffice, Runtime),
    wire(RequestErasure, Runtime, CaseDesk, EraseEverywhere),
    wire(SpreadHolds, Runtime, Database),
    wire(HoldDesk, SpreadHolds),
    wire(DocumentDesk, Runtime),
    wire(TaskWatch, Runtime, Database, PromiseBoard),
  ],
})
export class ComplianceModule {}
