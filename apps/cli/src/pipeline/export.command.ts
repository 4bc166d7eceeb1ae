import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listConnections, listPipelines } from '@millrace/contracts';
import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';

interface ExportOptions extends ApiOptions {
  readonly output?: string;
  readonly format: 'yaml' | 'json';
}

export function addExport(program: Command): void {
  withApiOptions(
    program
      .command('export')
      .description('the configuration of your organization: pipelines and connections, never a credential'),
  )
    .option('--output <directory>', 'write a file for each pipeline, which `pipelines apply -f` takes again')
    .addOption(new Option('--format <format>', 'how it is written').choices(['yaml', 'json']).default('yaml'))
    .action((options: ExportOptions) => exportConfiguration(options));
}

async function exportConfiguration(options: ExportOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { connections } = await client.call(listConnections, {});
  const { pipelines } = await client.call(listPipelines, {});
  const active = connections
    .filter((one) => one.state === 'active')
    .map(({ name, provider, account, config }) => ({ name, provider, account, config }));
  const configuration = { version: 1, connections: active, pipelines: pipelines.map((one) => one.document) };
  if (options.output === undefined) {
    if (options.json || options.format === 'json') process.stdout.write(`${JSON.stringify(configuration, null, 2)}\n`);
    else process.stdout.write(stringify(configuration));
    return;
  }
  const write = (document: unknown) =>
    options.format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document);
  const folder = path.join(options.output, 'pipelines');
  mkdirSync(folder, { recursive: true });
  const files = [
    path.join(options.output, `connections.${options.format}`),
    ...pipelines.map(({ name }) => path.join(folder, `${name}.${options.format}`)),
  ];
  [{ connections: active }, ...configuration.pipelines].forEach((document, index) =>
    writeFileSync(files[index]!, write(document)),
  );
  for (const file of files) console.terminal.tick(file);
  console.result({ files });
}
