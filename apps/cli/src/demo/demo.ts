import { verifyPromises } from '@millrace/contracts';
import { countsLine, showPromises } from '../promise/show-board.js';
import { startLocalRegion } from '../region/local-region.js';
import { natsProgram } from '../region/nats-program.js';
import { asOperator } from '../region/operator.js';
import { reportSupervision, showRegion, stopSignal } from '../region/up.command.js';
import { type Console, createConsole } from '../terminal/console.js';
import { CheckFailed, Interrupted } from '../terminal/failure.js';
import { Customer } from './customer.js';
import { Held } from './held.js';
import { refusalDemo, rightsDemo } from './rights-demo.js';
import { type DemoStage, syncDemo } from './sync-demo.js';

export interface DemoOptions {
  readonly charter: string;
  readonly region: string;
  readonly workers: number;
  readonly directory?: string;
  readonly exit?: boolean;
  readonly json?: boolean;
}

/** Shows what a charter lets somebody do, checks all of it, and says whether it held. */
export async function demo(options: DemoOptions): Promise<void> {
  const console = createConsole(options.json ?? false);
  const { terminal } = console;
  const stopping = stopSignal();
  terminal.line(terminal.bold(`Millrace, under the charter ${options.charter}`));
  terminal.section('A region on this machine');
  terminal.line('    starting Postgres, NATS, the services and a worker …');
  const region = await startLocalRegion({
    ...options,
    natsProgram: natsProgram(),
    report: (event) => reportSupervision(terminal, event),
  });
  const customers: Customer[] = [];
  try {
    showRegion(terminal, region);
    const stage: DemoStage = { region, terminal, held: new Held(terminal) };
    await unlessStopped(showAll(stage, options.charter, customers), stopping);
    conclude(stage, console);
    if (!options.exit) {
      terminal.line(`    The region stays up at ${region.gatewayUrl}.`);
      terminal.line('    Ctrl-C stops everything that was started here, and nothing else.');
      await stopping;
    }
    if (stage.held.failed.length) throw new CheckFailed('Not everything held');
  } finally {
    await region.stop();
    for (const customer of customers) await customer.stop();
  }
}

/** What a charter lets somebody do here. Whatever plays the customer is put into `customers`, to be stopped at the end. */
async function showAll(stage: DemoStage, charter: string, customers: Customer[]): Promise<void> {
  if (charter === 'fluxcascade') await refusalDemo(stage);
  else if (charter === 'fluxent') await rightsDemo(stage);
  else {
    const customer = await Customer.start(stage.region.directory);
    customers.push(customer);
    await syncDemo(stage, customer);
  }
  await showBoard(stage);
}

/** The work's end, unless somebody asks to stop before it. @throws Interrupted */
async function unlessStopped(work: Promise<void>, stopping: Promise<void>): Promise<void> {
  const outcome = await Promise.race([work, stopping.then(() => 'stopped' as const)]);
  if (outcome !== 'stopped') return;
  // Whatever the work still does fails from now on, since the region goes.
  work.catch(() => undefined);
  throw new Interrupted();
}

async function showBoard({ region, terminal, held }: DemoStage): Promise<void> {
  terminal.section('The promises of the charter, probed just now');
  const board = await asOperator(region.directory, (operator) => operator.call(verifyPromises, {}));
  terminal.fact('charter', `${board.charter} of ${board.version}`);
  terminal.fact('promises', countsLine(board));
  showPromises(terminal, board, ['kept', 'stale', 'broken']);
  held.check(
    board.counts.broken === 0,
    'no promise is broken',
    `${board.counts.unproven} are unproven: they have no live probe, and nothing is kept by default`,
  );
  held.check(board.counts.kept > 0, `${board.counts.kept} promises are kept, each by evidence of this region`);
}

function conclude({ region, terminal, held }: DemoStage, console: Console): void {
  const { claims, failed } = held;
  terminal.section(failed.length ? 'Not everything held' : `All ${claims.length} things that were shown held`);
  for (const { claim, note } of failed) terminal.mark('cross', claim, note);
  console.result({ held: failed.length === 0, readyInMs: region.readyInMs, gatewayUrl: region.gatewayUrl, claims });
}
