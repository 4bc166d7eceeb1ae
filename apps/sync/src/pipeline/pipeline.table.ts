import { configuration, plain, table } from '@millrace/privacy';

const kept = { retention: 'pipeline-configuration' } as const;

/** What an organization wants moved: the document in its present version. */
export const pipelines = table(
  'pipeline',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    name: configuration.text(100, kept),
    version: plain.integer(),
    digest: plain.word(64),
    document: configuration.json<Record<string, unknown>>(kept),
    sourceConnectionId: plain.uuid(),
    targetConnectionId: plain.uuid(),
    sourceProvider: plain.word(64),
    targetProvider: plain.word(64),
    /** When its schedule wants it to run next; null without a schedule of its own. */
    nextRunAt: plain.instant({ nullable: true }),
    /** Name of the pipeline whose success starts this one. */
    runsAfter: configuration.text(100, kept, { nullable: true }),
    createdAt: plain.instant(),
    updatedAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    unique: [['orgId', 'name']],
    indexes: [['nextRunAt'], ['orgId', 'runsAfter']],
    retention: { livesWith: 'organization' },
  },
);
