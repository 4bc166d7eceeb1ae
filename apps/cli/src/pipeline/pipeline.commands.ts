import { deletePipeline, readPipelineSchema, resetStream } from '@millrace/contracts';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { allPipelines } from './all-pipelines.js';
import { apply, type ApplyOptions } from './apply.js';
import { estimate } from './estimate.js';
import { show } from './show.js';
import { preview, type PreviewOptions } from './preview.js';

export function addPipelines(program: Command): void {
  const pipelines = program.command('pipelines').description('what is read where, how it is mapped, and where it goes');
  withApiOptions(
    pipelines
      .command('apply')
      .description(
        'create pipelines or change them to what files say; shows what changes and checks all of them first',
      ),
  )
    .requiredOption('-f, --file <path...>', 'pipelines in YAML or JSON: files, exports, or folders of them')
    .option('--dry-run', 'only check and show what would change')
    .option('-y, --yes', 'do not ask')
    .action((options: ApplyOptions) => apply(options));
  withApiOptions(
    pipelines
      .command('preview')
      .description('show what a file would make of a few live records; they are kept nowhere'),
  )
    .requiredOption('-f, --file <path>', 'the pipeline, in YAML or JSON')
    .option('--stream <name>', 'the source stream (default: the first of the file)')
    .option('--records <count>', 'how many records, at most 20', '5')
    .action((options: PreviewOptions) => preview(options));
  withApiOptions(pipelines.command('list').description('the pipelines of your organization')).action(
    (options: ApiOptions) => list(options),
  );
  withApiOptions(
    pipelines
      .command('show <name>')
      .description('one pipeline: its document, when it runs next, and what changed at its source'),
  ).action((name: string, options: ApiOptions) => show(name, options));
  withApiOptions(
    pipelines
      .command('estimate <name>')
      .description('what a run would read, by stream, beside what is left of the budget; reads no record'),
  ).action((name: string, options: ApiOptions) => estimate(name, options));
  withApiOptions(
    pipelines
      .command('schema')
      .description('the JSON Schema of pipeline documents, which editors complete and check with'),
  ).action((options: ApiOptions) => printSchema(options));
  withApiOptions(
    pipelines
      .command('reset <name> <stream>')
      .description('forget how far a stream was read; the next run reads all of it'),
  ).action((name: string, stream: string, options: ApiOptions) => reset(name, stream, options));
  withApiOptions(pipelines.command('delete <name>').description('delete a pipeline with its checkpoints')).action(
    (name: string, options: ApiOptions) => remove(name, options),
  );
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const pipelines = await allPipelines(client);
  console.terminal.table(
    ['name', 'version', 'changed', 'next run', 'mapping'],
    pipelines.map((one) => [
      one.name,
      String(one.version),
      one.updatedAt,
      one.nextRunAt ?? '—',
      one.digest.slice(0, 16),
    ]),
  );
  console.result({ pipelines });
}

async function reset(name: string, stream: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(resetStream, { name, stream });
  console.terminal.tick(
    answer.hadPosition ? `the next run reads all of ${stream}` : `${stream} had no position: every run reads all of it`,
  );
  console.result(answer);
}

async function remove(name: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(deletePipeline, { name });
  console.terminal.tick(`${name} is deleted; receipts of its runs stay for as long as the charter keeps them`);
  console.result(answer);
}

async function printSchema(options: ApiOptions): Promise<void> {
  const { client } = await openApi(options);
  process.stdout.write(`${JSON.stringify(await client.call(readPipelineSchema, {}), null, 2)}\n`);
}
