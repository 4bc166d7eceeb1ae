import { applyPipeline, deletePipeline, listPipelines, resetStream } from '@millrace/contracts';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { PipelineFile } from './pipeline-file.js';
import { show } from './show.js';
import { preview, type PreviewOptions } from './preview.js';

interface ApplyOptions extends ApiOptions {
  readonly file: string;
}

export function addPipelines(program: Command): void {
  const pipelines = program.command('pipelines').description('what is read where, how it is mapped, and where it goes');
  withApiOptions(pipelines.command('apply').description('create a pipeline or change it to what a file says'))
    .requiredOption('-f, --file <path>', 'the pipeline, in YAML or JSON')
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
      .command('reset <name> <stream>')
      .description('forget how far a stream was read; the next run reads all of it'),
  ).action((name: string, stream: string, options: ApiOptions) => reset(name, stream, options));
  withApiOptions(pipelines.command('delete <name>').description('delete a pipeline with its checkpoints')).action(
    (name: string, options: ApiOptions) => remove(name, options),
  );
}

async function apply(options: ApplyOptions): Promise<void> {
  const file = PipelineFile.read(options.file);
  const { name, document } = file;
  const { client, console } = await openApi(options);
  try {
    const applied = await client.call(applyPipeline, { name, document });
    console.terminal.tick(`${name} is ${applied.change}, version ${applied.pipeline.version}`);
    console.terminal.fact('mapping', applied.pipeline.digest);
    console.result(applied);
  } catch (error) {
    throw file.explain(error);
  }
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { pipelines } = await client.call(listPipelines, {});
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
