import { forgottenSubjects, ledgerCheckpoints, ledgerLeaves, ledgerNodes, ledgerPersonal, ledgerSources } from './ledger/ledger.tables.js';

/** In the order in which they refer to one another. */
export const tables = [ledgerSources, ledgerLeaves, ledgerPersonal, ledgerNodes, ledgerCheckpoints, forgottenSubjects] as const;
