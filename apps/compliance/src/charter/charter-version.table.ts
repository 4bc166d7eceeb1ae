import { plain, table } from '@millrace/privacy';

/** Every charter that was ever in force here, from the moment it was published in the ledger. */
export const charterVersions = table(
  'charter_version',
  {
    digest: plain.word(64, { primary: true }),
    charter: plain.word(64),
    version: plain.word(32),
    effectiveAt: plain.instant(),
    publishedAt: plain.instant(),
  },
  { guards: [], regionPrivileges: ['select', 'insert'], retention: { livesWith: 'the ledger' } },
);
