import { z } from 'zod';
import { permission, service } from '../caller.js';
import { f } from '../field.js';
import { del, get, operation, post } from '../operation.js';
import { vaultProblems } from '../problems.js';

/** What a pause holds up. An operator may also pause a provider, or everything in the region. */
export const pauseScopes = ['organization', 'pipeline', 'connection', 'provider', 'region'] as const;
export type PauseScope = (typeof pauseScopes)[number];

export const Pause = z.strictObject({
  pauseId: f.id('pause'),
  scope: f.oneOf(...pauseScopes),
  /** Name of the pipeline, id of the connection, or name of the provider. */
  target: f.label(200).optional(),
  since: f.instant(),
});
export type Pause = z.output<typeof Pause>;

export const pauseWork = operation({
  name: 'sync.pause.set',
  summary:
    'Hold up all work of your organization, of a pipeline or of a connection; what is under way stops at its last checkpoint',
  http: post('/api/v1/pauses', { status: 201 }),
  input: z.strictObject({ scope: f.oneOf('organization', 'pipeline', 'connection'), target: f.label(200).optional() }),
  output: Pause,
  access: permission('runs.start'),
  audit: 'work.paused',
  errors: [vaultProblems.connectionRevoked, vaultProblems.reconnectNeeded],
});

export const resumeWork = operation({
  name: 'sync.pause.lift',
  summary: 'End a pause: work goes on from its last checkpoint',
  http: del('/api/v1/pauses/{pauseId}'),
  input: z.strictObject({ pauseId: f.id('pause') }),
  output: z.strictObject({ pauseId: f.id('pause') }),
  access: permission('runs.start'),
  audit: 'work.resumed',
});

export const listPauses = operation({
  name: 'sync.pause.list',
  summary: 'What your organization holds up',
  http: get('/api/v1/pauses'),
  input: z.strictObject({}),
  output: z.strictObject({ pauses: z.array(Pause) }),
  access: permission('runs.read'),
});

export const pauseRegion = operation({
  name: 'sync.region.pause',
  summary: 'Hold up all work of a region, or all that touches a provider',
  input: z.strictObject({ provider: f.word().optional() }),
  output: Pause,
  access: service('operator'),
  audit: 'work.paused',
});

export const resumeRegion = operation({
  name: 'sync.region.resume',
  summary: 'End an operator’s pause of the region or of a provider',
  input: z.strictObject({ provider: f.word().optional() }),
  output: z.strictObject({ lifted: f.count() }),
  access: service('operator'),
  audit: 'work.resumed',
});
