import { event } from '../event.js';
import { f } from '../field.js';

const run = { orgId: f.id('organization'), runId: f.id('run'), pipelineId: f.id('pipeline') };

export const runSucceeded = event('sync.run.succeeded', 1, run);
export const runFailed = event('sync.run.failed', 1, { ...run, code: f.code() });
/** A query would go over its connection's budget and waits until somebody approves it. */
export const approvalNeeded = event('sync.query.waiting', 1, run);
/** A source's stream is not what the pipeline was made for; `stops` when the run could not go on. */
export const schemaDrifted = event('sync.schema.drifted', 1, { ...run, stops: f.boolean() });
export const runCancelled = event('sync.run.cancelled', 1, run);
