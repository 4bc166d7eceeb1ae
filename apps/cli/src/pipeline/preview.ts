import { previewInfo, previewPipeline } from '@millrace/contracts';
import { fromBase64url, generateLeaseKeyPair, openSealed } from '@millrace/crypto';
import { type ApiOptions, openApi } from '../api/api-command.js';
import type { Terminal } from '../terminal/terminal.js';
import { PipelineFile } from './pipeline-file.js';

export interface PreviewOptions extends ApiOptions {
  readonly file: string;
  readonly stream?: string;
  readonly records: string;
}

type Values = Readonly<Record<string, string | null>>;

/** A record as the worker sealed it for us. */
interface Shown {
  readonly before: Values;
  readonly after?: Values;
  readonly rejected?: { readonly field: string; readonly rule: string };
}

/** Shows records before and after the mapping. Only this process can open what the worker sealed. */
export async function preview(options: PreviewOptions): Promise<void> {
  const file = PipelineFile.read(options.file);
  const { client, console } = await openApi(options);
  const pair = await generateLeaseKeyPair();
  const { stream, records } = options;
  try {
    const answer = await client.call(previewPipeline, {
      document: file.document,
      ...(stream === undefined ? {} : { stream }),
      records: Number(records),
      publicKey: pair.publicKey,
    });
    const opened = await openSealed(pair, fromBase64url(answer.sealed)!, previewInfo(answer.stream));
    const shown = JSON.parse(opened.toString('utf8')) as Shown[];
    show(console.terminal, answer.stream, shown);
    console.result({ stream: answer.stream, records: shown });
  } catch (error) {
    throw file.explain(error);
  }
}

function show(terminal: Terminal, stream: string, shown: readonly Shown[]): void {
  if (shown.length === 0) return terminal.mark('dot', `${stream} has no record`);
  for (const [index, { before, after, rejected }] of shown.entries()) {
    terminal.mark(
      rejected ? 'cross' : 'tick',
      `record ${index + 1} of ${stream}`,
      rejected && `rejected: ${rejected.field} is ${rejected.rule}`,
    );
    const from = Object.entries(before);
    const to = Object.entries(after ?? {});
    const lines = Array.from({ length: Math.max(from.length, to.length) }, (_, line) => [
      ...column(from[line]),
      ...column(to[line]),
    ]);
    terminal.table(['read', '', 'written', ''], lines);
  }
}

const column = (entry: [string, string | null] | undefined): [string, string] =>
  entry ? [entry[0], entry[1] ?? '∅'] : ['', ''];
