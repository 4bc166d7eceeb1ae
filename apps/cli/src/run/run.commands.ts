import {
  approveRun,
  cancelRun,
  comparePipeline,
  type Input,
  listRuns,
  readReceipt,
  readRun,
  replayRun,
  startRun,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { digestOfReceipt, proveInLedger } from '../ledger/check-receipt.js';
import { showReceipt } from '../ledger/show-receipt.js';
import { cliProblems } from '../region/problems.js';
import { CheckFailed } from '../terminal/failure.js';
import { grouped } from '../terminal/terminal.js';
import { byteCount, recordCount } from '../connection/budget.js';
import { announceCost } from '../pipeline/estimate.js';
import { followRun } from './follow-run.js';
import { showRun, showStarted } from './show-started.js';

interface StartOptions extends ApiOptions {
  readonly follow?: boolean;
  readonly stream?: string[];
  readonly from?: string;
  readonly to?: string;
  readonly acceptChanges?: boolean;
}

export function addRuns(program: Command): void {
  const runs = program.command('runs').description('single runs of pipelines');
  withApiOptions(runs.command('start <pipeline>').description('run a pipeline now'))
    .option('--stream <names...>', 'only these streams (default: all)')
    .option('--from <value>', 'read the cursor again from here: an instant, or a whole number')
    .option('--to <value>', 'read the cursor again up to here')
    .option('--accept-changes', 'go beyond the limits for changed and deleted records, this once')
    .option('--follow', 'show its progress until it has ended; status 0 only if it succeeded')
    .action((pipeline: string, options: StartOptions) => start(pipeline, options));
  withApiOptions(runs.command('list <pipeline>').description('the latest runs of a pipeline')).action(
    (pipeline: string, options: ApiOptions) => list(pipeline, options),
  );
  withApiOptions(runs.command('show <run>').description('one run: state, counters, failure')).action(
    (runId: string, options: ApiOptions) => show(runId, options),
  );
  withApiOptions(runs.command('cancel <run>').description('stop a run; what is in the target stays')).action(
    (runId: string, options: ApiOptions) => cancel(runId, options),
  );
  withApiOptions(
    runs
      .command('compare <pipeline>')
      .description('compare source and target by counts and fingerprints; status 1 when they differ'),
  ).action((pipeline: string, options: ApiOptions) => compare(pipeline, options));
  withApiOptions(runs.command('replay <run>').description('move the records again that a run rejected'))
    .option('--follow', 'show its progress until it has ended; status 0 only if it succeeded')
    .action((runId: string, options: StartOptions) => replay(runId, options));
  withApiOptions(
    runs
      .command('approve <run>')
      .description('let the queries of a run go on that wait because they would go over their connection’s budget'),
  )
    .option('--max-bytes <size>', 'most that each of them may read (default: twice its estimate)', byteCount)
    .option('--max-records <count>', 'the same in records', recordCount)
    .action((runId: string, options: ApproveOptions) => approve(runId, options));
  withApiOptions(
    runs.command('receipt <run>').description('the receipt of a run that has ended, checked against the ledger'),
  ).action((runId: string, options: ApiOptions) => receipt(runId, options));
}

async function start(pipeline: string, options: StartOptions): Promise<void> {
  const { stream: streams } = options;
  const api = await openApi(options);
  await announceCost(api, pipeline);
  const started = await api.client.call(startRun, {
    name: pipeline,
    ...(streams ? { streams } : {}),
    ...backfillOf(options),
    ...(options.acceptChanges ? { acceptChanges: true } : {}),
  });
  await showStarted(api, started, options);
}

async function compare(pipeline: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { terminal } = console;
  const started = await client.call(comparePipeline, { name: pipeline });
  await followRun(client, started.runId, () => undefined);
  // Whoever watches is not told the ranges.
  const run = await client.call(readRun, { runId: started.runId });
  showRun(terminal, run);
  terminal.table(
    ['stream', 'source', 'target', 'ranges that differ', 'missing', 'too many', 'changed'],
    run.streams.map(({ stream, comparison: found }) => [
      stream,
      ...(found
        ? [found.source, found.target, found.differingRanges, found.missing, found.extra, found.changed].map((count) =>
            count === undefined ? '—' : grouped(count),
          )
        : Array<string>(6).fill('—')),
    ]),
  );
  console.result(run);
  if (run.state !== 'succeeded' || run.streams.some(({ comparison }) => comparison?.differingRanges !== 0))
    throw new CheckFailed('Source and target are not the same');
}

interface ApproveOptions extends ApiOptions {
  readonly maxBytes?: number;
  readonly maxRecords?: number;
}

async function approve(runId: string, options: ApproveOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { maxBytes, maxRecords } = options;
  const run = await client.call(approveRun, { runId, maxBytes, maxRecords });
  console.terminal.tick(`${run.pipeline} goes on; the approval is in the ledger`);
  console.result(run);
}

async function replay(runId: string, options: StartOptions): Promise<void> {
  const api = await openApi(options);
  await showStarted(api, await api.client.call(replayRun, { runId }), options);
}

/** The stretch that the options name; a date alone means its first moment, UTC. */
function backfillOf({ from, to }: StartOptions): Pick<Input<typeof startRun>, 'backfill'> {
  if (from === undefined && to === undefined) return {};
  return {
    backfill: {
      ...(from === undefined ? {} : { from: cursorValue(from) }),
      ...(to === undefined ? {} : { to: cursorValue(to) }),
    },
  };
}

/** @throws Problem `cli.usage` for a text that is neither an instant nor a whole number */
export function cursorValue(text: string): string | number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  const instant = /^\d{4}-\d{2}-\d{2}/.test(text) ? new Date(text) : new Date(Number.NaN);
  if (Number.isNaN(instant.getTime()))
    throw new Problem(cliProblems.usage, {
      detail: 'Say an instant such as 2026-04-22T09:30:00Z, a date, or a whole number.',
    });
  return instant.toISOString();
}

async function list(pipeline: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { runs } = await client.call(listRuns, { name: pipeline });
  const rows = runs.map((run) => [
    run.runId,
    run.state,
    run.queuedAt,
    grouped(run.counts.read),
    grouped(run.counts.written),
    grouped(run.counts.rejected),
  ]);
  console.terminal.table(['run', 'state', 'queued', 'read', 'written', 'rejected'], rows);
  console.result({ runs });
}

async function show(runId: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const run = await client.call(readRun, { runId });
  showRun(console.terminal, run);
  console.result(run);
}

async function cancel(runId: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const run = await client.call(cancelRun, { runId });
  console.terminal.tick(`the run is ${run.state}; the next one goes on from there`);
  console.result(run);
}

async function receipt(runId: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const document = await client.call(readReceipt, { runId });
  showReceipt(console.terminal, document);
  const isWhole = digestOfReceipt(document) === document.digest;
  console.terminal.mark(isWhole ? 'tick' : 'cross', 'the receipt’s digest is that of its content');
  const { bundle, verdict } = await proveInLedger(client, document.ledgerEntryId);
  const isProven = verdict.ok && verdict.entry.details['receiptDigest'] === document.digest;
  console.terminal.mark(
    isProven ? 'tick' : 'cross',
    `entry ${bundle.index} of the ledger carries this digest`,
    verdict.ok ? undefined : verdict.reason,
  );
  console.result({ receipt: document, proof: bundle, verified: isWhole && isProven });
  if (!isWhole || !isProven) throw new CheckFailed('The receipt does not hold');
}
