import { choiceKinds } from '@millrace/contracts';
import { personal, plain, table } from '@millrace/privacy';

const meaning = {
  category: 'preference',
  purposes: ['legal-obligation'],
  retention: 'consent-record',
  onErase: 'delete',
} as const;

/** Each time that somebody agreed to something or took it back: the proof of consent (Article 7(1) GDPR). */
export const choices = table(
  'choice',
  {
    id: plain.uuid({ primary: true }),
    userId: personal.userId(meaning),
    kind: plain.oneOf(choiceKinds),
    agreed: plain.boolean(),
    /** Version of the words that were shown. */
    wording: plain.word(40, { nullable: true }),
    chosenAt: plain.instant(),
    /** When a later choice took its place; null for the one that holds. */
    replacedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'userId',
    guards: [{ subject: 'userId' }],
    indexes: [['userId', 'kind']],
    retention: { rule: 'consent-record', from: 'replacedAt' },
  },
);
