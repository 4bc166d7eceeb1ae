import { estimatePipeline, kernelProblems, type Output, readBudget, readPipeline } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type ApiCommand, type ApiOptions, openApi } from '../api/api-command.js';
import { inBytes, showBudget } from '../connection/budget.js';
import { findConnection } from '../connection/find-connection.js';
import { grouped, type Terminal } from '../terminal/terminal.js';

/** Shows what a run of the pipeline would read, and what is left of the budget. */
export async function estimate(name: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const estimated = await client.call(estimatePipeline, { name });
  showEstimate(console.terminal, estimated);
  console.result(estimated);
}

/**
 * Says what a run is expected to read before it is started, where the source's connection has a budget. A source that
 * cannot be asked now is no reason not to start: sync asks again before each query.
 */
export async function announceCost(api: ApiCommand, name: string): Promise<void> {
  const { client, console } = api;
  try {
    const { document } = await client.call(readPipeline, { name });
    const { source } = document as { readonly source: { readonly connection: string } };
    const { connectionId } = await findConnection(api, source.connection);
    const { monthlyBytes, monthlyRecords } = await client.call(readBudget, { connectionId });
    if (monthlyBytes === undefined && monthlyRecords === undefined) return;
    showEstimate(console.terminal, await client.call(estimatePipeline, { name }));
    console.terminal.line();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === kernelProblems.forbidden.code) return;
    console.terminal.mark('warn', 'what the run will read cannot be estimated now', error.code);
  }
}

function showEstimate(terminal: Terminal, { streams, budget }: Output<typeof estimatePipeline>): void {
  terminal.table(
    ['stream', 'records', 'bytes'],
    streams.map(({ stream, records, bytes }) => [
      stream,
      records === undefined ? 'not known' : grouped(records),
      bytes === undefined ? 'not known' : inBytes(bytes),
    ]),
  );
  terminal.line();
  showBudget(terminal, budget);
}
