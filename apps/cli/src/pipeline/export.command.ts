import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listConnections, type Output, readHistory } from '@millrace/contracts';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import type { ApiClient } from '../api/api-client.js';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { downloadBundle } from '../bundle/download-bundle.js';
import { allPipelines } from './all-pipelines.js';

interface ExportOptions extends ApiOptions {
  readonly output?: string;
  readonly format: 'yaml' | 'json';
  readonly history: boolean;
  readonly bundle?: string;
}

export function addExport(program: Command): void {
  withApiOptions(
    program
      .command('export')
      .description(
        'everything of your organization that can be taken along: pipelines with their metrics, connections without credentials, and the history of runs with their receipts',
      ),
  )
    .option('--output <directory>', 'write a file for each pipeline, which `pipelines apply -f` takes again')
    .option('--no-history', 'leave out the runs and their receipts')
    .addOption(
      new Option('--bundle <file>', 'instead, everything that is held about you, as a signed ZIP').conflicts('output'),
    )
    .addOption(new Option('--format <format>', 'how it is written').choices(['yaml', 'json']).default('yaml'))
    .action((options: ExportOptions) =>
      options.bundle === undefined ? exportEverything(options) : exportBundleTo(options.bundle, options),
    );
}

async function exportBundleTo(file: string, options: ExportOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const bytes = await downloadBundle(client, file);
  console.terminal.tick(`${file} holds everything about you, for nobody but you to read`);
  console.result({ file, bytes });
}

type Entry = Output<typeof readHistory>['entries'][number];

async function exportEverything(options: ExportOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { connections } = await client.call(listConnections, {});
  const active = connections
    .filter((one) => one.state === 'active')
    .map(({ name, provider, account, config }) => ({ name, provider, account, config }));
  const pipelines = (await allPipelines(client)).map(({ document }) => document);
  const isJson = options.json === true || options.format === 'json';
  const write = (document: unknown) => (isJson ? `${JSON.stringify(document, null, 2)}\n` : stringify(document));
  if (options.output === undefined) {
    const history: Entry[] = [];
    if (options.history) for await (const entry of entriesOf(client)) history.push(entry);
    process.stdout.write(
      write({ version: 1, connections: active, pipelines, ...(options.history ? { history } : {}) }),
    );
    return;
  }
  const folder = path.join(options.output, 'pipelines');
  mkdirSync(folder, { recursive: true });
  const files = [
    path.join(options.output, `connections.${options.format}`),
    ...pipelines.map((document) => path.join(folder, `${(document as { name: string }).name}.${options.format}`)),
  ];
  [{ connections: active }, ...pipelines].forEach((document, index) => writeFileSync(files[index]!, write(document)));
  if (options.history) files.push(await writeHistory(client, path.join(options.output, 'history.ndjson')));
  for (const file of files) console.terminal.tick(file);
  console.result({ files });
}

/** A line for each run, oldest first: it may be long, and is written as it comes. */
async function writeHistory(client: ApiClient, file: string): Promise<string> {
  const lines = createWriteStream(file);
  for await (const entry of entriesOf(client)) {
    if (!lines.write(`${JSON.stringify(entry)}\n`))
      await new Promise<void>((resolve) => lines.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve, reject) => lines.once('error', reject).end(() => resolve()));
  return file;
}

async function* entriesOf(client: ApiClient): AsyncGenerator<Entry> {
  let after: string | undefined;
  do {
    const { entries, next } = await client.call(readHistory, after === undefined ? {} : { after });
    yield* entries;
    after = next;
  } while (after !== undefined);
}
