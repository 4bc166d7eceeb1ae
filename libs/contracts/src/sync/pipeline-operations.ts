import { z } from 'zod';
import { any, breakGlass, permission, public_ } from '../caller.js';
import { f } from '../field.js';
import { del, get, operation, post, put } from '../operation.js';
import { syncProblems, vaultProblems } from '../problems.js';
import { Run } from './run-shapes.js';

/** What changed in a source's stream when a run last found it different from what the pipeline was made for. */
export const StreamDrift = z.strictObject({
  stream: f.label(1_000),
  at: f.instant(),
  changes: z
    .array(
      z.strictObject({
        field: f.label(1_000),
        kind: f.oneOf('gained', 'lost', 'retyped'),
        outcome: f.oneOf('stopped', 'ignored', 'propagated'),
        /** It was not selected by itself, because it looks as if it held something about a person. */
        personal: f.boolean().optional(),
      }),
    )
    .max(10_000),
});

export const Pipeline = z.strictObject({
  pipelineId: f.id('pipeline'),
  name: f.label(),
  version: f.count(),
  digest: f.digest(),
  document: f.document(),
  /** When its schedule starts it next. */
  nextRunAt: f.instant().optional(),
  /** Of one pipeline: where its source is not what it was made for. */
  drift: z.array(StreamDrift).max(1_000).optional(),
  updatedAt: f.instant(),
});
export type Pipeline = z.output<typeof Pipeline>;

const pipelineByName = z.strictObject({ name: f.label() });

export const applyPipeline = operation({
  name: 'sync.pipeline.apply',
  summary: 'Create a pipeline or change it to the given document; every fault is reported at once',
  http: put('/api/v1/pipelines/{name}'),
  input: z.strictObject({ name: f.label(), document: f.document() }),
  output: z.strictObject({ pipeline: Pipeline, change: f.oneOf('created', 'updated', 'unchanged') }),
  access: permission('pipelines.write'),
  audit: 'pipeline.applied',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    syncProblems.overBudget,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 30_000,
});

export const checkPipeline = operation({
  name: 'sync.pipeline.check',
  summary: 'What applying a document would change; every fault is reported at once, nothing is written',
  http: post('/api/v1/pipelines/{name}/check'),
  input: z.strictObject({ name: f.label(), document: f.document() }),
  output: z.strictObject({
    change: f.oneOf('created', 'updated', 'unchanged'),
    /** The document as it would be kept, every default filled in. */
    document: f.document(),
    /** The document as it is kept now; absent for a new pipeline. */
    present: f.document().optional(),
  }),
  access: permission('pipelines.write'),
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 30_000,
});

export const readPipelineSchema = operation({
  name: 'sync.pipeline.schema',
  summary: 'JSON Schema (draft 2020-12) of pipeline documents, for editors',
  http: get('/api/v1/schemas/pipeline'),
  input: z.strictObject({}),
  output: f.document(),
  access: public_(),
});

export const listPipelines = operation({
  name: 'sync.pipeline.list',
  summary: 'The pipelines of your organization, by name, a page at a time',
  http: get('/api/v1/pipelines'),
  input: z.strictObject({
    /** The name behind which the page begins: `next` of the page before. */
    after: f.label().optional(),
    limit: f.integer(1, 500).default(100),
  }),
  /** `next` is there when more follow. A page may be shorter than `limit`, because an answer has a largest size. */
  output: z.strictObject({ pipelines: z.array(Pipeline), next: f.label().optional() }),
  access: any(permission('pipelines.read'), breakGlass()),
});

export const readPipeline = operation({
  name: 'sync.pipeline.read',
  summary: 'One pipeline with its document',
  http: get('/api/v1/pipelines/{name}'),
  input: pipelineByName,
  output: Pipeline,
  access: any(permission('pipelines.read'), breakGlass()),
});

export const deletePipeline = operation({
  name: 'sync.pipeline.delete',
  summary: 'Delete a pipeline with its checkpoints; receipts of past runs stay for as long as the charter keeps them',
  http: del('/api/v1/pipelines/{name}'),
  input: pipelineByName,
  output: z.strictObject({ pipelineId: f.id('pipeline') }),
  access: permission('pipelines.write'),
  audit: 'pipeline.deleted',
  errors: [syncProblems.runActive],
});

export const comparePipeline = operation({
  name: 'sync.pipeline.compare',
  summary:
    'Compare source and target by counts and keyed fingerprints; ranges that differ are named, no record leaves a worker',
  http: post('/api/v1/pipelines/{name}/compare', { status: 202 }),
  input: z.strictObject({ name: f.label(), streams: z.array(f.label(1_000)).min(1).max(1_000).optional() }),
  output: Run,
  access: permission('runs.start'),
  audit: 'run.started',
  errors: [
    syncProblems.runActive,
    syncProblems.notComparable,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
});

/** Records of a preview. */
export const previewCount = () => f.integer(1, 20).default(5);

export const previewPipeline = operation({
  name: 'sync.pipeline.preview',
  summary:
    'A few live records before and after the mapping of a document. They are sealed by the worker to your key: nothing on the way, and nothing of ours, can read them.',
  http: post('/api/v1/pipelines/preview'),
  input: z.strictObject({
    document: f.document(),
    /** Name of the source stream; the document's first when absent. */
    stream: f.label(1_000).optional(),
    records: previewCount(),
    /** Your X25519 public key, base64url, made for this one answer. */
    publicKey: f.sealed(64),
  }),
  output: z.strictObject({
    stream: f.label(1_000),
    /** JSON of the records, sealed (HPKE, RFC 9180); see `previewInfo`. */
    sealed: f.sealed(500_000),
  }),
  access: permission('records.preview'),
  audit: 'pipeline.previewed',
  errors: [
    syncProblems.invalidPipeline,
    syncProblems.detokenizeRefused,
    syncProblems.connectionFailed,
    syncProblems.noWorker,
    vaultProblems.connectionRevoked,
    vaultProblems.reconnectNeeded,
  ],
  deadlineMs: 30_000,
});

/** What the records of a preview are bound to when they are sealed to a person's key. */
export const previewInfo = (stream: string): Record<string, string> => ({ use: 'preview', stream });

export const resetStream = operation({
  name: 'sync.stream.reset',
  summary: 'Forget how far a stream was read: the next run reads all of it. The target stays as it is until then.',
  http: post('/api/v1/pipelines/{name}/reset'),
  input: z.strictObject({ name: f.label(), stream: f.label(1_000) }),
  output: z.strictObject({ stream: f.label(1_000), hadPosition: f.boolean() }),
  access: permission('pipelines.write'),
  audit: 'stream.reset',
  errors: [syncProblems.runActive],
});
