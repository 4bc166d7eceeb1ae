import type { Category, Module, Purpose } from '../vocabulary.js';
import { isOn, type Rule } from './rule.js';

const PURPOSES_OF: Readonly<Partial<Record<Module, readonly Purpose[]>>> = {
  core: ['account', 'security', 'support', 'communication', 'rights', 'legal-obligation'],
  sync: ['sync'],
  billing: ['billing'],
  leads: ['sales'],
  portal: ['client-work'],
};

const CATEGORIES_OF: Readonly<Partial<Record<Module, readonly Category[]>>> = {
  core: ['identity', 'contact', 'credential', 'security-log', 'usage', 'preference', 'communication', 'case'],
  sync: ['sync-statistics', 'sync-position', 'configuration'],
  metrics: ['metric'],
  billing: ['billing'],
  portal: ['content'],
};

/** A purpose of the code stands under one published purpose, so that it has one basis. */
const coveredOnce: Rule = (charter) => {
  const seen = new Set<Purpose>();
  return Object.entries(charter.purposes).flatMap(([id, { covers }]) =>
    covers.flatMap((purpose, index) => {
      if (!seen.has(purpose)) {
        seen.add(purpose);
        return [];
      }
      return [
        {
          path: ['purposes', id, 'covers', index],
          rule: 'purpose/covered-twice',
          message: `"${purpose}" already has a basis under another purpose.`,
        },
      ];
    }),
  );
};

/** What a module that is on must do has a basis. */
const covered: Rule = (charter) => {
  const bases = new Set(Object.values(charter.purposes).flatMap(({ covers }) => covers));
  return neededBy(PURPOSES_OF, (module) => isOn(charter, module))
    .filter(([, purpose]) => !bases.has(purpose))
    .map(([module, purpose]) => ({
      path: ['purposes'],
      rule: 'purpose/uncovered',
      message: `No published purpose covers "${purpose}", which module ${module} needs.`,
    }));
};

/** A balancing test is a document; the charter cannot point to one that it does not list. */
const balancingExists: Rule = (charter) =>
  Object.entries(charter.purposes)
    .filter(([, { balancing }]) => balancing && !charter.documents.some(({ id }) => id === balancing))
    .map(([id]) => ({
      path: ['purposes', id, 'balancing'],
      rule: 'purpose/balancing-unknown',
      message: `"purposes.${id}.balancing" names no document of this charter.`,
    }));

/** Each category that the tables of a module hold is named, so that the policy page names it. */
const categoriesDeclared: Rule = (charter) =>
  neededBy(CATEGORIES_OF, (module) => isOn(charter, module))
    .filter(([, category]) => !charter.data[category])
    .map(([module, category]) => ({
      path: ['data'],
      rule: 'data/undeclared',
      message: `"data.${category}" must be described: module ${module} holds it.`,
    }));

/** A route out of the region needs a basis like everything else. */
const egressCovered: Rule = (charter) => {
  const bases = new Set(Object.values(charter.purposes).flatMap(({ covers }) => covers));
  return charter.egress.purposes.flatMap((purpose, index) =>
    bases.has(purpose)
      ? []
      : [
          {
            path: ['egress', 'purposes', index],
            rule: 'egress/purpose-without-basis',
            message: `Calls out for "${purpose}" are allowed, yet no published purpose covers it.`,
          },
        ],
  );
};

function neededBy<Word>(
  table: Readonly<Partial<Record<Module, readonly Word[]>>>,
  on: (module: Module) => boolean,
): [Module, Word][] {
  return Object.entries(table)
    .filter(([module]) => on(module as Module))
    .flatMap(([module, words]) => words.map((word): [Module, Word] => [module as Module, word]));
}

export const purposeRules: readonly Rule[] = [covered, coveredOnce, balancingExists, categoriesDeclared, egressCovered];
