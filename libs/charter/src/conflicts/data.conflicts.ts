import type { CharterDocument } from '../schema/charter.schema.js';
import { conflict, when, type ConflictCheck, type ConflictId } from './conflict.js';

const auditForgets: ConflictCheck = ({ audit, erasure, retention }) => [
  ...when(
    audit.appendOnly && retention['audit-log']?.then === 'delete',
    'C3',
    ['audit', 'appendOnly'],
    'The audit log is append-only, has a period after which it goes, and requests must be on record for longer.',
  ),
  ...when(
    audit.appendOnly && erasure.auditEntries === 'blank',
    'C17',
    ['erasure', 'auditEntries'],
    'Entries lose their personal fields while the log promises that nothing in it changes.',
  ),
];

const backupExemption: ConflictCheck = ({ erasure, rights }) =>
  when(
    erasure.includesBackups && Boolean(rights.regimes.ccpa),
    'C4',
    ['erasure', 'includesBackups'],
    'Deletion is promised in all systems, while 11 CCR 7022(d) would leave backups aside.',
  );

const coreOnConsent: ConflictCheck = ({ purposes }) =>
  Object.entries(purposes).flatMap(([id, { covers, basis }]) =>
    when(
      (covers.includes('account') || covers.includes('sync')) && basis !== 'contract',
      'C6',
      ['purposes', id, 'basis'],
      `The core service rests on ${basis}.`,
    ),
  );

const secretsInDatabase: ConflictCheck = ({ encryption, subProcessors }) =>
  subProcessors.flatMap(({ category, ceiling }, index) =>
    when(
      encryption.secretsStore === 'dedicated' && category === 'database' && ceiling.includes('credential'),
      'C10',
      ['subProcessors', index, 'ceiling'],
      'Credentials are promised to stay out of application databases, yet the database provider stores them.',
    ),
  );

const ageTick: ConflictCheck = ({ accounts }) =>
  when(
    accounts.ageAttestation === 'tick',
    'C22',
    ['accounts', 'ageAttestation'],
    'Sign-up asks for a closed list of fields and must still learn that the person is old enough.',
  );

const visitors: ConflictCheck = ({ tracking }) =>
  when(
    tracking.analytics !== 'none' && tracking.location !== 'none',
    'C23',
    ['tracking', 'location'],
    'No individual is tracked, while each visit brings an address, a device and a place.',
  );

const archives: ConflictCheck = ({ retention }) =>
  Object.entries(retention).flatMap(([key, { then }]) =>
    when(then === 'archive', 'C24', ['retention', key, 'then'], 'The policy text archives without an end.'),
  );

const forgottenCategories: ConflictCheck = (charter) => [
  ...unnamed(charter, 'security-log', 'C21', 'The policy text lists no address, device or second factor.'),
  ...unnamed(charter, 'configuration', 'C26', 'The policy text names less about a connection than it needs.'),
  ...unnamed(charter, 'sync-position', 'C27', 'The policy text stores nothing of a sync, which needs its position.'),
];

function unnamed(
  { data }: CharterDocument,
  category: 'security-log' | 'configuration' | 'sync-position',
  id: ConflictId,
  shows: string,
) {
  return data[category]?.named === false ? [conflict(id, ['data', category, 'named'], shows)] : [];
}

export const dataConflicts: readonly ConflictCheck[] = [
  auditForgets,
  backupExemption,
  coreOnConsent,
  secretsInDatabase,
  ageTick,
  visitors,
  archives,
  forgottenCategories,
];
