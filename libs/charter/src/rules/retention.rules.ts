import { lastsAtLeast, surelyLonger } from '../law/duration-bounds.js';
import { REQUEST_REGISTER_AT_LEAST } from '../law/laws.js';
import { retentionKeyModules } from '../vocabulary.js';
import { neededRetentionKeys, type Rule } from './rule.js';

/** Every key of every module that is on has a period: nothing is kept without an end. */
const unbound: Rule = (charter) =>
  neededRetentionKeys(charter)
    .filter((key) => !charter.retention[key])
    .map((key) => ({
      path: ['retention'],
      rule: 'retention/unbound',
      message: `"retention.${key}" must be set: module ${retentionKeyModules[key]} is on and keeps such rows.`,
    }));

/** An archive is not an end (conflict C24). */
const archiveEnds: Rule = (charter) =>
  Object.entries(charter.retention).flatMap(([key, rule]) => {
    if (rule.then === 'archive' && !rule.archive) {
      return [
        {
          path: ['retention', key, 'then'],
          rule: 'retention/archive-without-end',
          message: `"retention.${key}" archives and must say under "archive" when that ends.`,
        },
      ];
    }
    if (rule.then === 'archive' || !rule.archive) return [];
    return [
      {
        path: ['retention', key, 'archive'],
        rule: 'retention/archive-unused',
        message: `"retention.${key}" names an archive but does not archive.`,
      },
    ];
  });

/** Only a statute can hold data against the person's own request. */
const floorNeedsStatute: Rule = (charter) =>
  Object.entries(charter.retention)
    .filter(([, rule]) => rule.floor && rule.basis !== 'legal-obligation')
    .map(([key]) => ({
      path: ['retention', key, 'floor'],
      rule: 'retention/floor-without-obligation',
      message: `"retention.${key}" resists deletion, which only the basis legal-obligation allows.`,
    }));

/** 11 CCR 7101 keeps the register of requests for 24 months; it must also resist deletion. */
const registerLongEnough: Rule = (charter) => {
  const register = charter.retention['case-register'];
  if (!register || !charter.rights.regimes.ccpa || lastsAtLeast(register.keep, REQUEST_REGISTER_AT_LEAST)) return [];
  return [
    {
      path: ['retention', 'case-register', 'keep'],
      rule: 'retention/case-register-too-short',
      message: 'The register of requests must be kept for at least 24 months (11 CCR 7101).',
    },
  ];
};

/** What is gone everywhere cannot live on in a backup (conflict C4). */
const backupsEndInTime: Rule = (charter) => {
  const { erasure, backups } = charter;
  if (!erasure.includesBackups || !surelyLonger(backups.keep, erasure.completeWithin)) return [];
  return [
    {
      path: ['backups', 'keep'],
      rule: 'erasure/backups-outlive',
      message: 'Backups live longer than a deletion may take, and the deletion is promised to reach them.',
    },
  ];
};

export const retentionRules: readonly Rule[] = [
  unbound,
  archiveEnds,
  floorNeedsStatute,
  registerLongEnough,
  backupsEndInTime,
];
