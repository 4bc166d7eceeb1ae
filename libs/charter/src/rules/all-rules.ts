import type { Complaint } from '../finding.js';
import type { CharterDocument } from '../schema/charter.schema.js';
import { accountRules } from './account.rules.js';
import { placeRules } from './place.rules.js';
import { promiseRules } from './promise.rules.js';
import { purposeRules } from './purpose.rules.js';
import { retentionRules } from './retention.rules.js';
import { rightsRules } from './rights.rules.js';
import type { Rule, RuleContext } from './rule.js';

const allRules: readonly Rule[] = [
  ...accountRules,
  ...purposeRules,
  ...retentionRules,
  ...rightsRules,
  ...placeRules,
  ...promiseRules,
];

/** Everything that refuses a charter after its schema, all at once. */
export function crossChecks(charter: CharterDocument, context: RuleContext): Complaint[] {
  return allRules.flatMap((rule) => rule(charter, context));
}
