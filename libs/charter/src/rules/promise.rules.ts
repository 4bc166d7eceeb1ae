import type { Complaint } from '../finding.js';
import { fillParameters, referencesIn, wordsAt } from '../promise/parameters.js';
import type { CharterDocument, PromiseDocument } from '../schema/charter.schema.js';
import { duplicateIds, type Rule, type RuleContext } from './rule.js';

/** A number followed by a unit of time or of count belongs in a parameter, in digits or in words. */
const TYPED_NUMBER =
  /\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty-five|sixty|ninety)[ -]+(calendar |business |whole )?(second|minute|hour|day|week|month|year)s?\b/i;

const idsOnce: Rule = ({ promises }) => duplicateIds(promises, 'promises', 'promise/duplicate-id');

const parametersExist: Rule = (charter) =>
  charter.promises.flatMap(({ text }, index) =>
    referencesIn(text)
      .filter((reference) => wordsAt(charter, reference) === undefined)
      .map((reference) => ({
        path: ['promises', index, 'text'],
        rule: 'promise/parameter-unknown',
        message: `{${reference}} is no setting of this charter that can stand in a sentence.`,
      })),
  );

/** A period typed into the sentence would drift from the one that the code reads. */
const numbersAreParameters: Rule = ({ promises }) =>
  promises.flatMap(({ text }, index) =>
    TYPED_NUMBER.test(text)
      ? [
          {
            path: ['promises', index, 'text'],
            rule: 'promise/typed-number',
            message: 'A period stands in the sentence as a number; name the parameter in braces instead.',
          },
        ]
      : [],
  );

const probesExist: Rule = (charter, context) =>
  charter.promises.flatMap((promise, index) => probeComplaints(charter, context, promise, index));

function probeComplaints(
  charter: CharterDocument,
  { probes }: RuleContext,
  { id, probe, with: parameters }: PromiseDocument,
  index: number,
): Complaint[] {
  if (probe === undefined) {
    if (!parameters) return [];
    const message = `Promise ${id} has parameters for a probe but names none.`;
    return [{ path: ['promises', index, 'with'], rule: 'promise/with-without-probe', message }];
  }
  const declaration = Object.hasOwn(probes, probe) ? probes[probe] : undefined;
  if (!declaration) {
    const message = `Promise ${id} names a probe that does not exist; leave it out to have it read unproven.`;
    return [{ path: ['promises', index, 'probe'], rule: 'promise/probe-unknown', message }];
  }
  const filled = fillParameters(charter, parameters ?? {}) as Record<string, unknown>;
  const result = declaration.parameters.safeParse(filled);
  if (!result.success) {
    return result.error.issues.map((issue) => ({
      path: ['promises', index, 'with', ...issue.path.filter((step) => typeof step !== 'symbol')],
      rule: 'promise/probe-parameters',
      message: `Promise ${id} gives ${probe} parameters that it does not take: ${issue.message}.`,
    }));
  }
  return ruleComplaints(charter, id, filled['rule'], index);
}

/** A probe that names a retention rule needs that rule to have a period. */
function ruleComplaints(charter: CharterDocument, id: string, rule: unknown, index: number): Complaint[] {
  if (typeof rule !== 'string' || Object.hasOwn(charter.retention, rule)) return [];
  const message = `Promise ${id} asks about a retention key that this charter does not bind.`;
  return [{ path: ['promises', index, 'with', 'rule'], rule: 'promise/retention-unbound', message }];
}

export const promiseRules: readonly Rule[] = [idsOnce, parametersExist, numbersAreParameters, probesExist];
