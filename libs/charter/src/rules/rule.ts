import type { Complaint } from '../finding.js';
import type { ProbeCatalogue } from '../probe-catalogue.js';
import type { CharterDocument } from '../schema/charter.schema.js';
import { retentionKeyModules, retentionKeys, type Module, type RetentionKey } from '../vocabulary.js';

/** What a rule may look at besides the charter itself. */
export interface RuleContext {
  readonly probes: ProbeCatalogue;
}

/** One cross check over a charter that has passed the schema. Each complaint refuses the charter. */
export type Rule = (charter: CharterDocument, context: RuleContext) => Complaint[];

/** Whether a module is on; `core` always is. */
export function isOn(charter: CharterDocument, module: Module): boolean {
  return module === 'core' || charter.modules[module] === 'on';
}

/** The retention keys that the charter's modules need. */
export function neededRetentionKeys(charter: CharterDocument): RetentionKey[] {
  return retentionKeys.filter((key) => isOn(charter, retentionKeyModules[key]));
}

/** Complains about each entry whose id an earlier entry already has. */
export function duplicateIds(list: readonly { id: string }[], at: string, rule: string): Complaint[] {
  const seen = new Set<string>();
  return list.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ path: [at, index, 'id'], rule, message: `"${id}" is declared twice.` }];
  });
}
