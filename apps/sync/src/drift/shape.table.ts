import { configuration, plain, table } from '@millrace/privacy';
import type { DriftChange, StreamShape } from '../engine/index.js';

const kept = { retention: 'pipeline-configuration' } as const;

/** What changed in a stream when a run last found it different. */
export interface DriftFound {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly changes: readonly DriftChange[];
}

/** The fields of a pipeline's stream as they were when the document was applied, or when a run last accepted them. */
export const streamShapes = table(
  'stream_shape',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    pipelineId: plain.uuid(),
    streamName: configuration.text(1_000, kept),
    fields: configuration.json<StreamShape>(kept),
    digest: plain.word(64),
    drift: configuration.json<DriftFound | null>(kept, { nullable: true }),
    /** Digest of the shape that the owners were last told of. */
    toldDigest: plain.word(64, { nullable: true }),
  },
  {
    guards: [{ tenant: true }],
    references: { pipelineId: 'pipeline' },
    unique: [['pipelineId', 'streamName']],
    retention: { livesWith: 'pipeline' },
  },
);
