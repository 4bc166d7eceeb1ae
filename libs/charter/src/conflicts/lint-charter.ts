import type { Charter } from '../charter.js';
import type { Complaint, Finding } from '../finding.js';
import { conflict, type ConflictCheck, type ConflictId } from './conflict.js';
import { dataConflicts } from './data.conflicts.js';
import { placeConflicts } from './place.conflicts.js';
import { rightsConflicts } from './rights.conflicts.js';

/** Where the operator itself recorded that its policy text is open or contradictory. */
const readings: ConflictCheck = ({ readings }) =>
  readings.map(({ conflict: id, says, reads }, index) =>
    conflict(id as ConflictId, ['readings', index], `The policy says: ${says} This charter reads: ${reads}`),
  );

/** A named list of recipients that lacks a name is no named list. */
const unnamedProviders: ConflictCheck = ({ subProcessors }) =>
  subProcessors.flatMap(({ id, name }, index): Complaint[] =>
    name
      ? []
      : [
          {
            path: ['subProcessors', index],
            rule: 'sub-processor/unnamed',
            message: `Sub-processor "${id}" has no name yet; the named list says so.`,
          },
        ],
  );

const checks: readonly ConflictCheck[] = [
  ...rightsConflicts,
  ...dataConflicts,
  ...placeConflicts,
  unnamedProviders,
  readings,
];

/**
 * Where a charter contradicts itself, the law, or what vendors allow. All findings are warnings: the region starts,
 * and the strictest applicable rule holds. A finding that `blocks` publication must be solved before the policy page
 * goes out.
 */
export function lintCharter(charter: Charter): Finding[] {
  return checks
    .flatMap((check) => check(charter.document))
    .map((complaint) => charter.source.find(complaint, 'warning'))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}
