import { estimatePipeline } from '@millrace/contracts';
import { type ApiOptions, openApi } from '../api/api-command.js';
import { inBytes, showBudget } from '../connection/budget.js';
import { grouped } from '../terminal/terminal.js';

/** Shows what a run of the pipeline would read, and what is left of the budget. */
export async function estimate(name: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { streams, budget } = await client.call(estimatePipeline, { name });
  console.terminal.table(
    ['stream', 'records', 'bytes'],
    streams.map(({ stream, records, bytes }) => [
      stream,
      records === undefined ? 'not known' : grouped(records),
      bytes === undefined ? 'not known' : inBytes(bytes),
    ]),
  );
  console.terminal.line();
  showBudget(console.terminal, budget);
  console.result({ streams, budget });
}
