import { personal, plain, table } from '@millrace/privacy';

/** The agreement with a customer: since when, under which terms, until when. It outlives the organization, as law asks. */
export const contracts = table(
  'contract',
  {
    orgId: plain.tenant({ primary: true }),
    /** The version of the charter, and with it of the terms, that was in force when it was accepted. */
    termsVersion: plain.word(40),
    acceptedBy: personal.userId(
      { category: 'identity', purposes: ['legal-obligation'], retention: 'contract-record', onErase: 'blank' },
      { nullable: true },
    ),
    startedAt: plain.instant(),
    endedAt: plain.instant({ nullable: true }),
  },
  {
    subject: 'acceptedBy',
    guards: [{ tenant: true }],
    retention: { rule: 'contract-record', from: 'endedAt' },
    onClosure: {
      keep: 'That there was an agreement, from when to when and under which terms; it names nobody any more',
    },
  },
);
