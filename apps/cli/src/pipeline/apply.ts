import { applyPipeline, checkPipeline, type Output } from '@millrace/contracts';
import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import type { ApiClient } from '../api/api-client.js';
import { type ApiOptions, openApi } from '../api/api-command.js';
import { ask } from '../terminal/ask.js';
import { explainAll } from './explain-all.js';
import { PipelineFile } from './pipeline-file.js';

export interface ApplyOptions extends ApiOptions {
  readonly file: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

type Checked = Output<typeof checkPipeline> & { readonly file: PipelineFile };

/**
 * Applies files: checks all of them before the first is changed, shows what would change, asks where somebody can answer,
 * and then writes.
 */
export async function apply(options: ApplyOptions): Promise<void> {
  const files = PipelineFile.readAll(options.file);
  const { client, console } = await openApi(options);
  const { terminal } = console;
  const checked = await explainAll(files, (file) => check(client, file));
  for (const { file, change, present, document } of checked) {
    terminal.mark(change === 'unchanged' ? 'dot' : 'warn', `${file.name} ${WOULD[change]}`);
    if (change !== 'unchanged') terminal.changes(difference(present, document));
  }
  const changed = checked.filter(({ change }) => change !== 'unchanged');
  const isInteractive = !console.isJson && process.stdin.isTTY === true && process.stdout.isTTY === true;
  const asks = isInteractive && !options.yes && !options.dryRun && changed.length > 0;
  if (options.dryRun || (asks && !(await isWanted(changed.length)))) {
    terminal.line();
    terminal.mark('dot', 'nothing was changed');
    return console.result({ checked: checked.map(({ file, ...answer }) => ({ name: file.name, ...answer })) });
  }
  const applied = await explainAll(files, async (file) => {
    const { name, document } = file;
    return client.call(applyPipeline, { name, document });
  });
  for (const { pipeline, change } of applied) {
    terminal.tick(`${pipeline.name} is ${change}, version ${pipeline.version}`);
    terminal.fact('mapping', pipeline.digest);
  }
  console.result(applied.length === 1 ? applied[0] : { applied });
}

const WOULD = { created: 'is new', updated: 'changes', unchanged: 'stays as it is' } as const;

async function check(client: ApiClient, file: PipelineFile): Promise<Checked> {
  const { name, document } = file;
  return { ...(await client.call(checkPipeline, { name, document })), file };
}

/** What applying changes, as lines of a comparison; both sides with every default, so that only what matters differs. */
export function difference(present: unknown, next: unknown): string[] {
  const text = (document: unknown) => (document === undefined ? '' : stringify(document, { sortMapEntries: true }));
  const { hunks } = structuredPatch('now', 'then', text(present), text(next), '', '', { context: 3 });
  return hunks
    .flatMap(({ lines }, index) => [...(index > 0 ? ['…'] : []), ...lines])
    .filter((line) => line[0] !== '\\');
}

async function isWanted(count: number): Promise<boolean> {
  const what = count === 1 ? 'this change' : `these ${count} changes`;
  return /^y(es)?$/i.test(await ask(`\n  Apply ${what}? [y/N] `));
}
