import { lastsAtLeast } from '../law/duration-bounds.js';
import { authorityTold } from '../law/laws.js';
import { duplicateIds, type Rule } from './rule.js';

/** Va. 59.1-577(C): a refusal can be appealed. */
const virginiaAppeals: Rule = ({ rights }) =>
  rights.regimes.vcdpa && !rights.appeal
    ? [
        {
          path: ['rights'],
          rule: 'rights/appeal-missing',
          message: '"rights.appeal" must be set: Virginia lets people appeal a refusal.',
        },
      ]
    : [];

const breachInTime: Rule = ({ rights, breach }) => {
  const european = rights.regimes.gdpr ?? rights.regimes['uk-gdpr'];
  if (!european || lastsAtLeast(authorityTold.length, breach.authorityWithin)) return [];
  const message = 'The authority must be told within 72 hours (Art. 33(1) GDPR).';
  return [{ path: ['breach', 'authorityWithin'], rule: 'breach/authority-too-late', message }];
};

/** A promised e-mail-address-only ceiling and mails that say more cannot both be true (conflict C9). */
const mailWithinCeiling: Rule = ({ mail, subProcessors }) =>
  subProcessors.flatMap(({ category, ceiling }, index) => {
    if (category !== 'email' || mail.bodies === 'links-only' || ceiling.includes('communication')) return [];
    const message = 'Mails hold personal data beyond the address, which this provider must not receive.';
    return [{ path: ['subProcessors', index, 'ceiling'], rule: 'mail/bodies-above-ceiling', message }];
  });

const selfServeOnce: Rule = ({ selfServe }) => duplicateIds(selfServe, 'selfServe', 'self-serve/duplicate-id');

const documents: Rule = (charter) => {
  const pages = charter.documents.flatMap(({ kind, path, id }, index) =>
    kind === 'page' && !path
      ? [
          {
            path: ['documents', index],
            rule: 'document/path-missing',
            message: `Document "${id}" is a page and needs a path.`,
          },
        ]
      : [],
  );
  const privacy = charter.documents.some(({ id, kind }) => id === 'privacy' && kind === 'page');
  const missing = {
    path: ['documents'],
    rule: 'document/privacy-missing',
    message: 'A page "privacy" must be listed.',
  };
  return [
    ...pages,
    ...(privacy ? [] : [missing]),
    ...duplicateIds(charter.documents, 'documents', 'document/duplicate-id'),
  ];
};

export const rightsRules: readonly Rule[] = [
  virginiaAppeals,
  breachInTime,
  mailWithinCeiling,
  selfServeOnce,
  documents,
];
