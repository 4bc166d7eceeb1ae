import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { auditLedger, proveConsistency, proveEntry, readCheckpoint, readLedgerKey } from '@millrace/contracts';
import {
  type BundleVerdict,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  verifyNote,
  verifyProofBundle,
} from '@millrace/ledger';
import type { Command } from 'commander';
import { z } from 'zod';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { asOperator } from '../region/operator.js';
import { findRegion, type RegionDirectory } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { factsLine } from '../terminal/facts-line.js';
import { CheckFailed } from '../terminal/failure.js';
import { grouped, type Terminal } from '../terminal/terminal.js';
import { checkConsistency, checkProof, readProofFile } from './check-proof.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface LedgerOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

const Kept = z.strictObject({ key: z.string(), checkpoint: z.string() });

/** What this machine saw of the ledger when it last looked: the ledger must still start with it. */
type Kept = z.output<typeof Kept>;

export function addLedger(program: Command): void {
  const ledger = program.command('ledger').description('the record of every security- and privacy-relevant act');
  ledger
    .command('verify')
    .description(
      'recompute the whole tree and hold it against its signed checkpoint and the last one that was seen here',
    )
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: LedgerOptions) => verify(options));
  withApiOptions(
    ledger.command('key').description('the key that its signatures are checked with; everybody may have it'),
  ).action((options: ApiOptions) => showKey(options));
  ledger
    .command('proof <entry>')
    .description('prove that an entry is in the ledger; the JSON can be checked by anybody who has the ledger’s key')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((entryId: string, options: LedgerOptions) => prove(entryId, options));
  ledger
    .command('consistency <file>')
    .description('prove that the ledger continues an earlier signed checkpoint, kept in a file')
    .option('--key <key>', 'the ledger’s verifier key, when it is known from somewhere else than the region')
    .addOption(inDirectory())
    .addOption(asJson())
    .action((file: string, options: LedgerOptions & { readonly key?: string }) => continues(file, options));
  ledger
    .command('check <file>')
    .description('check a proof that somebody handed out, without a region: nothing is asked of anybody')
    .requiredOption('--key <key>', 'the ledger’s verifier key (name+hash+key), from somewhere else than the proof')
    .option('--cosigner <key...>', 'keys of others who must have signed the checkpoint as well')
    .addOption(asJson())
    .action((file: string, options: CheckOptions) => check(file, options));
}

interface CheckOptions {
  readonly key: string;
  readonly cosigner?: readonly string[];
  readonly json?: boolean;
}

async function showKey(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const key = (await client.call(readLedgerKey, {})).text.trim();
  if (!console.isJson) process.stdout.write(`${key}\n`);
  console.result({ key });
}

export interface LedgerVerdict {
  readonly holds: boolean;
  readonly treeSize: number;
  readonly origin: string;
  readonly checkpoint: string;
  /** Size of the tree that was last seen here; the audit compared the present one with it. */
  readonly keptSize?: number;
  readonly findings: readonly unknown[];
}

/**
 * Verifies the region's ledger: the signature, every row, and that it continues what was last seen here. What was seen is
 * kept in `ledger-seen.json` when all of it holds.
 */
export async function verifyLedger(directory: RegionDirectory): Promise<LedgerVerdict> {
  const file = directory.at('ledger-seen.json');
  const kept = existsSync(file) ? Kept.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
  return asOperator(directory, async (operator) => {
    const { text } = await operator.call(readLedgerKey, {});
    const key = text.trim();
    const { text: note } = await operator.call(readCheckpoint, {});
    // A key that changed would make any history look well signed.
    const trusted = parseVerifierKey(kept?.key ?? key);
    const { origin, size } = parseCheckpoint(verifyNote(note, [trusted]).text);
    const before = kept && parseCheckpoint(verifyNote(kept.checkpoint, [trusted]).text);
    const audit = await operator.call(auditLedger, { kept: kept?.checkpoint });
    const findings = [...audit.findings, ...(key === (kept?.key ?? key) ? [] : [{ kind: 'key-changed' }])];
    const holds = findings.length === 0 && audit.treeSize >= size && size >= (before?.size ?? 0);
    if (holds) writeFileSync(file, JSON.stringify({ key, checkpoint: note } satisfies Kept), { mode: 0o600 });
    return {
      holds,
      treeSize: audit.treeSize,
      origin,
      checkpoint: note,
      ...(before ? { keptSize: before.size } : {}),
      findings,
    };
  });
}

async function verify({ directory, json }: LedgerOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const { terminal } = console;
  const verdict = await verifyLedger(findRegion(directory));
  terminal.fact('ledger', verdict.origin);
  terminal.fact('entries', grouped(verdict.treeSize));
  if (verdict.keptSize !== undefined) terminal.fact('last seen here', `${grouped(verdict.keptSize)} entries`);
  for (const finding of verdict.findings) terminal.mark('cross', factsLine(finding, terminal.width));
  terminal.mark(
    verdict.holds ? 'tick' : 'cross',
    verdict.holds ? 'the ledger is whole, and continues what was seen before' : 'the ledger does not hold',
  );
  console.result(verdict);
  if (!verdict.holds) throw new CheckFailed('The ledger does not hold');
}

async function prove(entryId: string, { directory, json }: LedgerOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const { terminal } = console;
  const { bundle, key } = await asOperator(findRegion(directory), async (operator) => ({
    bundle: await operator.call(proveEntry, { entryId }),
    key: (await operator.call(readLedgerKey, {})).text.trim(),
  }));
  const verdict = verifyProofBundle(bundle, key);
  showVerdict(terminal, verdict);
  console.result({ proof: bundle, key, verified: verdict.ok });
  if (!verdict.ok) throw new CheckFailed('The proof does not hold');
}

/** The proof is checked here: the region only hands out hashes. */
async function continues(file: string, options: LedgerOptions & { readonly key?: string }): Promise<void> {
  const console = createConsole(options.json ?? false);
  const earlier = readProofFile(file);
  const { holds, ...sizes } = await asOperator(findRegion(options.directory), async (operator) => {
    const key = options.key ?? (await operator.call(readLedgerKey, {})).text;
    const from = parseCheckpoint(parseNote(earlier).text).size;
    return checkConsistency(earlier, await operator.call(proveConsistency, { from }), key);
  });
  console.terminal.mark(
    holds ? 'tick' : 'cross',
    holds
      ? `the tree of ${grouped(sizes.newSize)} entries starts with that of ${grouped(sizes.oldSize)}`
      : `the tree of ${grouped(sizes.newSize)} entries does not start with that of ${grouped(sizes.oldSize)}`,
  );
  console.result({ holds, ...sizes });
  if (!holds) throw new CheckFailed('The ledger does not continue the checkpoint');
}

function check(file: string, { key, cosigner, json }: CheckOptions): void {
  const console = createConsole(json ?? false);
  const verdict = checkProof(readProofFile(file), key, cosigner);
  showVerdict(console.terminal, verdict);
  console.result(
    verdict.ok
      ? { verified: true, entry: verdict.entry, treeSize: verdict.checkpoint.size, cosignedBy: verdict.cosignedBy }
      : { verified: false, reason: verdict.reason },
  );
  if (!verdict.ok) throw new CheckFailed('The proof does not hold');
}

function showVerdict(terminal: Terminal, verdict: BundleVerdict): void {
  if (!verdict.ok) return terminal.mark('cross', `the proof does not hold: ${verdict.reason}`);
  terminal.tick(`the entry is in the signed tree of ${grouped(verdict.checkpoint.size)}`);
  terminal.fact('event', verdict.entry.event);
  terminal.fact('at', verdict.entry.at);
  terminal.fact('outcome', verdict.entry.outcome);
  terminal.fact('details', factsLine(verdict.entry.details, terminal.width));
  if (verdict.cosignedBy.length) terminal.fact('signed too by', verdict.cosignedBy.join(', '));
}
