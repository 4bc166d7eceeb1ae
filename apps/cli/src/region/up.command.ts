import { stopwatch } from '@millrace/kernel';
import type { Command } from 'commander';
import { createConsole } from '../terminal/console.js';
import { exitCodes } from '../terminal/failure.js';
import { seconds, type Terminal } from '../terminal/terminal.js';
import { DEFAULT_CHARTER, DEFAULT_REGION, shippedCharters } from './charters.js';
import type { LocalRegion } from './local-region.js';
import { natsProgram } from './nats-program.js';
import type { SupervisionEvent } from './supervised.js';
import { countUpTo } from '../terminal/arguments.js';

interface UpOptions {
  readonly charter: string;
  readonly region: string;
  readonly separate?: boolean;
  readonly workers: number;
  readonly directory?: string;
  readonly json?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start a whole region on this machine: Postgres, NATS, every service and the workers')
    .option('--charter <name>', `the charter it runs under: ${shippedCharters().join(', ')}`, DEFAULT_CHARTER)
    .option('--region <name>', 'the name of the region', DEFAULT_REGION)
    .option('--separate', 'a process for each service instead of one for all')
    .option('--workers <count>', 'how many worker processes move records', countUpTo(64), 1)
    .option('--directory <path>', 'where the region keeps everything (default: .millrace/<charter>)')
    .option('--json', 'print one JSON document once it is ready')
    .action((options: UpOptions) => up(options));
}

async function up(options: UpOptions): Promise<void> {
  const console = createConsole(options.json ?? false);
  const { terminal } = console;
  const stopping = stopSignal();
  terminal.line(`Starting the region ${options.region} under the charter ${options.charter} …`);
  // Loaded here, so that commands which start nothing start at once.
  const { startLocalRegion } = await import('./local-region.js');
  const region = await startLocalRegion({
    ...options,
    natsProgram: natsProgram(),
    report: (event) => reportSupervision(terminal, event),
  });
  showRegion(terminal, region);
  console.result(region.record);
  terminal.line();
  terminal.line('Ctrl-C stops everything that was started here, and nothing else.');
  await stopping;
  terminal.line();
  terminal.line('Stopping …');
  await region.stop();
  terminal.tick('stopped');
}

/** Where a region that is up can be found. */
export function showRegion(terminal: Terminal, { record, readyInMs, directory }: LocalRegion): void {
  terminal.tick(`services ready in ${seconds(readyInMs)}`);
  terminal.fact('address', record.gatewayUrl);
  terminal.fact('API', `${record.gatewayUrl}/api/docs`);
  terminal.fact('Postgres', record.postgres);
  terminal.fact('NATS', record.nats);
  if (record.mails) terminal.fact('mails', `stay on this machine; read them with: millrace mails`);
  terminal.fact('directory', directory.path);
}

export function reportSupervision(terminal: Terminal, event: SupervisionEvent): void {
  const { name } = event;
  if (event.kind === 'ended')
    terminal.mark('warn', `${name} ended (${event.exit.signal ?? `code ${event.exit.code}`}); starting it again …`);
  if (event.kind === 'restarted') terminal.tick(`${name} is back as process ${event.pid}`);
  if (event.kind === 'given-up') terminal.mark('cross', `${name} is not started again: ${event.reason}`);
}

/** One Ctrl-C can reach a process twice, through its group and from the program that started it; nobody is that quick. */
const SAME_SIGNAL_MS = 250;

/** Resolves at the first Ctrl-C or request to end. A second one ends at once: the servers notice and stop by themselves. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let sinceFirst: (() => number) | undefined;
    const onSignal = () => {
      if (sinceFirst && sinceFirst() > SAME_SIGNAL_MS) process.exit(exitCodes.interrupted);
      sinceFirst ??= stopwatch();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  });
}
