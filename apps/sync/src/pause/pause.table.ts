import { configuration, plain, table } from '@millrace/privacy';

export const ownScopes = ['organization', 'pipeline', 'connection'] as const;

/** What an organization holds up: nothing of it is handed to a worker until the pause is lifted. */
export const workPauses = table(
  'work_pause',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    scope: plain.oneOf(ownScopes),
    /** Name of the pipeline or id of the connection; empty for the organization. */
    target: configuration.text(200, { retention: 'pipeline-configuration' }),
    since: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    unique: [['orgId', 'scope', 'target']],
    retention: { livesWith: 'organization' },
  },
);

/** What the region's operator holds up: all that touches a provider, or with no provider everything. */
export const regionPauses = table(
  'region_pause',
  { id: plain.uuid({ primary: true }), provider: plain.word(64), since: plain.instant() },
  { guards: [], unique: [['provider']], retention: { livesWith: 'the region' } },
);
