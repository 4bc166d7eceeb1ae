import {
  listMetrics,
  measurePipeline,
  type MetricResult,
  type MetricSummary,
  readMetric,
  readMetricCsv,
  readMetricSeries,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { showStarted } from '../run/show-started.js';
import { grouped, type Terminal } from '../terminal/terminal.js';

interface ShowOptions extends ApiOptions {
  readonly csv?: boolean;
  readonly series?: boolean;
}

interface MeasureOptions extends ApiOptions {
  readonly stream?: string[];
  readonly follow?: boolean;
}

/** Digits after the point that a person is shown; machines get all of them. */
const SHOWN_DECIMALS = 2;

export function addMetrics(program: Command): void {
  const metrics = program.command('metrics').description('what is counted and summed while records pass');
  withApiOptions(
    metrics.command('list <pipeline>').description('the metrics of a pipeline, and how fresh their results are'),
  ).action((pipeline: string, options: ApiOptions) => list(pipeline, options));
  withApiOptions(metrics.command('show <pipeline> <metric>').description('the result of a metric'))
    .option('--csv', 'print it as CSV, with every digit')
    .option('--series', 'print it as JSON that a chart takes: labels, and a list of values for each line')
    .action((pipeline: string, metric: string, options: ShowOptions) => show(pipeline, metric, options));
  withApiOptions(
    metrics.command('measure <pipeline>').description('read the source and measure it now; nothing is written'),
  )
    .option('--stream <names...>', 'only the metrics of these streams (default: all)')
    .option('--follow', 'show its progress until it has ended; status 0 only if it succeeded')
    .action((pipeline: string, options: MeasureOptions) => measure(pipeline, options));
}

async function list(pipeline: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { metrics } = await client.call(listMetrics, { name: pipeline });
  console.terminal.table(
    ['metric', 'over', 'by', 'values', 'measured', 'groups', 'withheld'],
    metrics.map((one) => [one.metric, one.stream, listed(one.groups), listed(one.values), ...resultCells(one)]),
  );
  console.result({ metrics });
}

function resultCells({ result }: MetricSummary): string[] {
  if (!result) return ['not yet', '—', '—'];
  const { computedAt, rows, suppressedGroups, fault } = result;
  return [computedAt, fault ?? grouped(rows), grouped(suppressedGroups)];
}

const listed = (names: readonly string[]) => names.join(', ') || '—';

async function show(name: string, metric: string, options: ShowOptions): Promise<void> {
  if ([options.csv, options.series, options.json].filter(Boolean).length > 1)
    throw new Problem(cliProblems.usage, { detail: 'Say one of --csv, --series and --json.' });
  const { client, console } = await openApi(options);
  if (options.csv) {
    const { text } = await client.call(readMetricCsv, { name, metric });
    process.stdout.write(text);
    return;
  }
  if (options.series) {
    const series = await client.call(readMetricSeries, { name, metric });
    process.stdout.write(`${JSON.stringify(series, null, 2)}\n`);
    return;
  }
  const result = await client.call(readMetric, { name, metric });
  showResult(console.terminal, result);
  console.result(result);
}

function showResult(terminal: Terminal, result: MetricResult): void {
  const { groups, values, rows, computedAt, suppressedGroups, minimumGroupSize, removedAt } = result;
  terminal.table(
    [...groups, ...values],
    rows.map(({ group, values: given }) => [...group.map(nameOf), ...given.map(numberOf)]),
  );
  terminal.line();
  terminal.fact('measured', computedAt);
  terminal.fact('each group covers', `${grouped(minimumGroupSize)} people or more`);
  terminal.fact('groups withheld', grouped(suppressedGroups));
  if (removedAt) terminal.fact('connection removed', removedAt);
}

type Cell = MetricResult['rows'][number]['values'][number];

/** What names a group, as it is. */
const nameOf = (cell: Cell) => (cell === null ? '—' : String(cell));

function numberOf(cell: Cell): string {
  if (typeof cell !== 'number') return nameOf(cell);
  const rounded = Number(cell.toFixed(SHOWN_DECIMALS));
  const [whole = '', decimals] = String(rounded).split('.');
  const sign = whole.startsWith('-') ? '-' : '';
  return `${sign}${grouped(Math.abs(Number(whole)))}${decimals ? `.${decimals}` : ''}`;
}

async function measure(pipeline: string, options: MeasureOptions): Promise<void> {
  const api = await openApi(options);
  const { stream: streams } = options;
  const started = await api.client.call(measurePipeline, { name: pipeline, ...(streams ? { streams } : {}) });
  await showStarted(api, started, options);
}
