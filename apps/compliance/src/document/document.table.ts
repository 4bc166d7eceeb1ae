import { personal, plain, table } from '@millrace/privacy';

/** That a document of the charter existed, and until when it holds. The document itself stays with the operator. */
export const suppliedDocuments = table(
  'supplied_document',
  {
    id: plain.uuid({ primary: true }),
    /** Its id in the charter. */
    documentId: plain.word(120),
    /** SHA-256 of the file, hexadecimal. */
    digest: plain.word(64),
    issuedAt: plain.instant(),
    expiresAt: plain.instant({ nullable: true }),
    /** Who of the staff noted it; nobody where the operator did on the region's machine. */
    suppliedBy: personal.userId(
      {
        category: 'security-log',
        purposes: ['legal-obligation'],
        retention: 'contract-record',
        onErase: 'blank',
        of: 'suppliedBy',
      },
      { nullable: true },
    ),
    suppliedAt: plain.instant(),
  },
  { guards: [], indexes: [['documentId', 'suppliedAt']], retention: { rule: 'contract-record', from: 'expiresAt' } },
);
