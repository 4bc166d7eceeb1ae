import { charterVersions } from './charter/charter-version.table.js';
import {
  forgottenSubjects,
  ledgerCheckpoints,
  ledgerLeaves,
  ledgerNodes,
  ledgerPersonal,
  ledgerSources,
} from './ledger/ledger.tables.js';
import { suppliedDocuments } from './document/document.table.js';
import { holdLists, holds } from './hold/hold.table.js';
import { evidence } from './promise/evidence.table.js';
import { caseLetters, caseSubjects, caseTasks, rightsCases } from './rights/case.tables.js';
import { officerTasks } from './task/officer-task.table.js';

/** In the order in which they refer to one another. */
export const tables = [
  ledgerSources,
  ledgerLeaves,
  ledgerPersonal,
  ledgerNodes,
  ledgerCheckpoints,
  forgottenSubjects,
  charterVersions,
  evidence,
  rightsCases,
  caseSubjects,
  caseTasks,
  caseLetters,
  suppliedDocuments,
  officerTasks,
  holds,
  holdLists,
] as const;
