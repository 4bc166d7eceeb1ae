import { attestPromises, type Attestation, readBoard, verifyPromises } from '@millrace/contracts';
import { systemClock } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { findRegion } from '../region/region-directory.js';
import { readProofFile } from '../ledger/check-proof.js';
import { type Console, createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import { checkAttestation, instantOf } from './check-attestation.js';
import { type Board, countsLine, promiseStates, showPromises } from './show-board.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface PromiseOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

export function addPromises(program: Command): void {
  const promises = program
    .command('promises')
    .description('what the operator promised, and the evidence that it is so');
  promises
    .command('verify [promise...]')
    .description('run the probes now, of all promises or of those named; status 1 when one is broken')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((ids: string[], options: PromiseOptions) => verify(ids, options));
  promises
    .command('board')
    .description('show the board as it stands, without running a probe; status 1 when a promise is broken')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: PromiseOptions) => board(options));
  promises
    .command('attest')
    .description('state under signature how they stood over a period; keep what is printed')
    .requiredOption('--from <instant>', 'when the period begins')
    .option('--until <instant>', 'when it ends (default: now)')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: AttestOptions) => attest(options));
  promises
    .command('check <file>')
    .description('check an attestation without a region: nothing is asked of anybody')
    .requiredOption(
      '--key <key>',
      'the ledger’s verifier key (name+hash+key), from somewhere else than the attestation',
    )
    .addOption(asJson())
    .action((file: string, options: CheckOptions) => check(file, options));
}

interface AttestOptions extends PromiseOptions {
  readonly from: string;
  readonly until?: string;
}

interface CheckOptions {
  readonly key: string;
  readonly json?: boolean;
}

async function attest({
  directory,
  json,
  from,
  until = systemClock.now().toISOString(),
}: AttestOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const asked = { from: instantOf(from), until: instantOf(until) };
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(attestPromises, asked));
  if (!json) process.stdout.write(answer.attestation);
  console.result(answer);
}

function check(file: string, { key, json }: CheckOptions): void {
  const console = createConsole(json ?? false);
  const attestation = checked(console, file, key);
  console.terminal.tick('signed by this key, and unchanged since');
  tell(console, attestation);
  console.result(attestation);
}

/** Whoever checks reads why it does not hold, besides the status. */
function checked({ terminal }: Console, file: string, key: string): Attestation {
  try {
    return checkAttestation(readProofFile(file), key);
  } catch (error) {
    if (error instanceof CheckFailed) terminal.mark('cross', error.message);
    throw error;
  }
}

const MARKS = { throughout: 'tick', 'when-looked-at': 'dot', 'not-throughout': 'cross', unproven: 'dot' } as const;

function tell({ terminal }: Console, { region, charter, version, from, until, promises }: Attestation): void {
  terminal.fact('region', region);
  terminal.fact('charter', `${charter} of ${version}`);
  terminal.fact('period', `${from} to ${until}`);
  const counts = Object.keys(MARKS).map((kept) => `${promises.filter((one) => one.kept === kept).length} ${kept}`);
  terminal.fact('promises', counts.join(', '));
  for (const { id, text, kept } of promises) if (kept !== 'unproven') terminal.mark(MARKS[kept], id, text);
}

async function verify(ids: readonly string[], options: PromiseOptions): Promise<void> {
  const named = ids.length ? { promises: [...ids] } : {};
  answer(await asOperator(findRegion(options.directory), (operator) => operator.call(verifyPromises, named)), options);
}

async function board(options: PromiseOptions): Promise<void> {
  answer(await asOperator(findRegion(options.directory), (operator) => operator.call(readBoard, {})), options);
}

function answer(answered: Board, { json }: PromiseOptions): void {
  const console = createConsole(json ?? false);
  const { terminal } = console;
  terminal.fact('charter', `${answered.charter} of ${answered.version}`);
  terminal.fact('promises', countsLine(answered));
  showPromises(terminal, answered, promiseStates);
  console.result(answered);
  if (answered.counts.broken > 0) throw new CheckFailed('A promise is broken');
}
