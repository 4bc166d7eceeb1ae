import type { Comparison, Counts, Discard, Reject } from '@millrace/contracts';
import { configuration, plain, secret, table } from '@millrace/privacy';

const kept = { retention: 'sync-history' } as const;

export const partitionStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type PartitionState = (typeof partitionStates)[number];

export interface Projection {
  readonly projected: string[];
  readonly dropped: string[];
  readonly hashed: string[];
}

/** A part of a run that one worker moves at a time. Where it stands is sealed; what it did is counters. */
export const partitions = table(
  'partition',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    runId: plain.uuid(),
    /** Index of the stream in the run's document. */
    stream: plain.integer(),
    streamName: configuration.text(1_000, kept),
    targetName: configuration.text(1_000, kept),
    state: plain.oneOf(partitionStates),
    /** Raised with every claim; a worker with an older one is refused. */
    fence: plain.bigint(),
    attempt: plain.integer(),
    failures: plain.integer(),
    /** The partition whose key this one's state is sealed with, because it was split off it; null for its own. */
    keyOf: plain.uuid({ nullable: true }),
    /** That key, sealed with the organization's. */
    sealedKey: secret.sealed({ retention: 'sync-position' }, { nullable: true }),
    /** Bounds and last checkpoint, sealed by the worker with that key. */
    sealedState: secret.sealed({ retention: 'sync-position' }, { nullable: true }),
    /** Where rejected records lie in the source, sealed by the worker with that key; kept with the run, for a replay. */
    sealedRejects: secret.sealed({ retention: 'sync-position' }, { nullable: true }),
    /** The partition whose worker moves this one too, because both come through one feed. */
    lead: plain.uuid({ nullable: true }),
    /** Of a replay: the partition whose rejected records are moved again. */
    replays: plain.uuid({ nullable: true }),
    /** Totals of the attempts before the present one. */
    baseCounts: plain.json<Counts>(),
    counts: plain.json<Counts>(),
    expectedRows: plain.bigint({ nullable: true }),
    projection: configuration.json<Projection | null>(kept, { nullable: true }),
    /** Rejects of the attempts before the present one. */
    baseRejects: configuration.json<Reject[]>(kept),
    rejects: configuration.json<Reject[]>(kept),
    comparison: plain.json<Comparison | null>({ nullable: true }),
    discard: plain.json<Discard | null>({ nullable: true }),
    /** Whether it waits until somebody lets its query go over the connection's budget. */
    needsApproval: plain.boolean(),
    /** When its work item was handed to the queue; null while it waits to be admitted. */
    offeredAt: plain.instant({ nullable: true }),
    /** Not admitted before: the pause after a failure. */
    notBefore: plain.instant({ nullable: true }),
    /** Index into the priorities of a document; the higher comes first within an organization. */
    priority: plain.integer(),
    touchedAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    references: { runId: 'run' },
    indexes: [['runId'], ['state', 'offeredAt']],
    retention: { livesWith: 'run' },
  },
);
