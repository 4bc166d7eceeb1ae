import type { RightType } from '../vocabulary.js';

/** Why a law lets a request be refused, in whole or in part. */
export interface RefusalGround {
  /** The rights that it can be held against; every right when missing. */
  readonly rights?: readonly RightType[];
  /** What the person is told. */
  readonly sentence: string;
  readonly source: string;
}

/** The grounds by name. There is no other: a request that none of them meets is granted. Encoded law, not legal advice. */
export const refusalGrounds = {
  'unfounded-or-excessive': {
    sentence: 'The request is manifestly unfounded or excessive, in particular because it repeats earlier ones.',
    source: 'Art. 12(5)(b) GDPR; Civ. 1798.145(h)(3); Va. 59.1-577(B)(3)',
  },
  'not-identified': {
    sentence: 'We could not make sure that the request comes from the person whom the data is about.',
    source: 'Art. 11(2) and Art. 12(6) GDPR; Va. 59.1-577(B)(4)',
  },
  'correct-as-held': {
    rights: ['rectification', 'correct'],
    sentence: 'What we hold is correct, as far as anybody could show.',
    source: 'Art. 5(1)(d) and Art. 16 GDPR; 11 CCR 7023(b)',
  },
  'compelling-grounds': {
    rights: ['objection'],
    sentence:
      'There are compelling legitimate grounds for what we do with the data, which override your interests, rights and freedoms.',
    source: 'Art. 21(1) GDPR',
  },
  'legal-claims': {
    rights: ['restriction', 'objection'],
    sentence: 'The data is needed to establish, exercise or defend legal claims.',
    source: 'Art. 18(2) and Art. 21(1) GDPR',
  },
  'legal-obligation': {
    rights: ['objection', 'opt-out', 'limit-sensitive', 'correct'],
    sentence: 'A law obliges us to do with the data what we do.',
    source: 'Art. 21(1) with Art. 6(1)(c) GDPR; Civ. 1798.145(a)',
  },
  'others-rights': {
    rights: ['transfer-safeguards', 'named-recipients'],
    sentence: 'An answer in full would disclose somebody else’s data or a secret of theirs.',
    source: 'Art. 15(4) GDPR',
  },
  'no-such-processing': {
    rights: ['restriction', 'objection', 'no-automated-decision', 'opt-out', 'limit-sensitive', 'non-discrimination'],
    sentence: 'We do nothing of the kind with data about you, so there is nothing to end.',
    source: 'the charter in force, as the privacy policy at /privacy shows it',
  },
  'answer-stands': {
    rights: ['complaint', 'appeal'],
    sentence: 'We looked at it again, and the answer stands for the reasons in our letter.',
    source: 'Art. 12(4) GDPR; Va. 59.1-577(C)',
  },
} as const satisfies Record<string, RefusalGround>;
export type RefusalGroundName = keyof typeof refusalGrounds;

/** The grounds that can be held against a right. */
export function groundsFor(right: RightType): RefusalGroundName[] {
  const all = Object.entries<RefusalGround>(refusalGrounds) as [RefusalGroundName, RefusalGround][];
  return all.filter(([, { rights }]) => !rights || rights.includes(right)).map(([name]) => name);
}
