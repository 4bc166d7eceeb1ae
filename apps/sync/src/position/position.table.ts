import { configuration, plain, secret, table } from '@millrace/privacy';

/**
 * How far the runs of a pipeline have come in a stream that is read incrementally: a cursor's value or a place in the
 * source's log, sealed by a worker with a key of its own. Without it the next run reads everything.
 */
export const streamPositions = table(
  'stream_position',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    pipelineId: plain.uuid(),
    streamName: configuration.text(1_000, { retention: 'pipeline-configuration' }),
    /** The position's own key, sealed with the organization's. */
    sealedKey: secret.sealed({ retention: 'sync-position' }),
    sealedState: secret.sealed({ retention: 'sync-position' }, { nullable: true }),
    updatedAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    references: { pipelineId: 'pipeline' },
    unique: [['pipelineId', 'streamName']],
    retention: { livesWith: 'pipeline' },
  },
);
