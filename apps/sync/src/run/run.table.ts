import { runKinds, type Receipt, runStates, runTriggers, type Backfill } from '@millrace/contracts';
import { configuration, personal, plain, table } from '@millrace/privacy';

const kept = { retention: 'sync-history' } as const;

/** One execution of a pipeline: states, codes and counters, never a record. */
export const runs = table(
  'run',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    pipelineId: plain.uuid(),
    pipeline: configuration.text(100, kept),
    pipelineVersion: plain.integer(),
    mappingDigest: plain.word(64),
    /** The document as it was when the run started. */
    document: configuration.json<Record<string, unknown>>(kept),
    sourceConnectionId: plain.uuid(),
    targetConnectionId: plain.uuid(),
    sourceProvider: plain.word(64),
    targetProvider: plain.word(64),
    /** Most partitions that may read over the source's connection at once. */
    concurrency: plain.integer(),
    startedBy: personal.userId(
      { category: 'sync-statistics', purposes: ['sync'], retention: 'sync-history', onErase: 'blank', of: 'startedBy' },
      { nullable: true },
    ),
    kind: plain.oneOf(runKinds),
    /** What started it: a person, the pipeline's schedule, or the success of another pipeline. */
    trigger: plain.oneOf(runTriggers),
    /** Bounds of a cursor that a backfill was asked for; null for an ordinary run. */
    backfill: configuration.json<Backfill | null>(kept, { nullable: true }),
    /** The run whose rejected records this one moves again. */
    replayOf: plain.uuid({ nullable: true }),
    /** Whether the source's connection had a budget when the run was planned, so that its queries need an estimate. */
    hasBudget: plain.boolean(),
    /** Whether the document's limits for changed and deleted records are waived for this run. */
    acceptChanges: plain.boolean(),
    state: plain.oneOf(runStates),
    failureCode: plain.word(100, { nullable: true }),
    failureDetail: configuration.text(500, kept, { nullable: true }),
    failureStream: configuration.text(1_000, kept, { nullable: true }),
    queuedAt: plain.instant(),
    startedAt: plain.instant({ nullable: true }),
    endedAt: plain.instant({ nullable: true }),
    receipt: configuration.json<Receipt | null>(kept, { nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    indexes: [['orgId', 'pipelineId', 'queuedAt'], ['state']],
    retention: { rule: 'sync-history', from: 'queuedAt' },
  },
);
