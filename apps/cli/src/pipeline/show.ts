import { type Pipeline, readPipeline } from '@millrace/contracts';
import { stringify } from 'yaml';
import { type ApiOptions, openApi } from '../api/api-command.js';

/** Shows one pipeline: where it stands, what changed at its source, and the document as `pipelines apply` takes it. */
export async function show(name: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const pipeline = await client.call(readPipeline, { name });
  const { terminal } = console;
  terminal.fact('version', `${pipeline.version}, of ${pipeline.updatedAt}`);
  terminal.fact('mapping', pipeline.digest);
  if (pipeline.nextRunAt) terminal.fact('next run', pipeline.nextRunAt);
  const drift = pipeline.drift ?? [];
  for (const { stream, at, changes } of drift) {
    terminal.section(`${stream} has changed since (seen ${at})`);
    terminal.table(['field', 'change', 'what came of it'], changes.map(driftRow));
  }
  terminal.line();
  for (const line of stringify(pipeline.document).trimEnd().split('\n')) terminal.line(`    ${line}`);
  console.result(pipeline);
}

type Change = NonNullable<Pipeline['drift']>[number]['changes'][number];

const OUTCOMES: Record<Change['outcome'], string> = {
  stopped: 'the run stopped; apply the pipeline again to accept it',
  ignored: 'the run went on without it',
  propagated: 'the target follows',
};

function driftRow({ field, kind, outcome, personal }: Change): string[] {
  const isHeld = kind === 'retyped' && outcome === 'ignored';
  const what = isHeld ? 'the target still holds every value' : OUTCOMES[outcome];
  return [field, kind, personal ? 'left out, because it looks personal: select it yourself' : what];
}
