import { plain, table } from '@millrace/privacy';

/**
 * A source's log that is kept for a pipeline of ours. The row outlives the pipeline until the source has been told that
 * nobody needs it any more: a log that is kept for nobody fills the source's disk.
 */
export const feeds = table(
  'feed',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    pipelineId: plain.uuid(),
    connectionId: plain.uuid(),
    /** Its name at the source. */
    name: plain.word(50),
    wanted: plain.boolean(),
    /** When it was last tried to remove one that is not wanted. */
    triedAt: plain.instant({ nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    unique: [['pipelineId', 'connectionId']],
    indexes: [['wanted', 'triedAt']],
    retention: { livesWith: 'organization' },
  },
);
