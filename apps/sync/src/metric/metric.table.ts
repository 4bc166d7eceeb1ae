import { type MetricReport, metricFaults } from '@millrace/contracts';
import { aggregate, configuration, plain, table } from '@millrace/privacy';

const kept = { retention: 'cached-metrics' } as const;

/** What is kept of a result: columns and groups of at least as many people as the charter asks for. */
export type StoredResult = Pick<MetricReport, 'groups' | 'values' | 'rows'>;

/**
 * The latest result of each metric: aggregates, never a record and never a group of too few people. A result that a run
 * has reported becomes the current one in the transaction in which its stream is done.
 */
export const metricResults = table(
  'metric_result',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    pipelineId: plain.uuid(),
    sourceConnectionId: plain.uuid(),
    metric: configuration.text(100, kept),
    /** Digest of the definition and of the mapping that it was measured by. */
    digest: plain.word(64),
    runId: plain.uuid(),
    partitionId: plain.uuid(),
    result: aggregate.json<StoredResult>(kept),
    fault: plain.oneOf(metricFaults, { nullable: true }),
    suppressedGroups: plain.integer(),
    minimumGroupSize: plain.integer(),
    computedAt: plain.instant(),
    isCurrent: plain.boolean(),
    /** When the source's connection was removed: from then on the charter's period runs. */
    removedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    references: { pipelineId: 'pipeline' },
    unique: [['pipelineId', 'metric', 'isCurrent']],
    indexes: [['runId'], ['sourceConnectionId']],
    retention: { rule: 'cached-metrics', from: 'removedAt' },
  },
);
