import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { listDocuments, type OperatorDocument, supplyDocument } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { asJson, inDirectory } from '../region/region-options.js';
import { type Console, createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';

interface DocumentOptions {
  readonly directory?: string;
  readonly json?: boolean;
}

interface SupplyOptions extends DocumentOptions {
  readonly issued: string;
  readonly until?: string;
}

export function addDocuments(program: Command): void {
  const documents = program
    .command('documents')
    .description('documents that the charter rests on: which there are, and how long they hold');
  const here = (command: Command) => command.addOption(inDirectory()).addOption(asJson());
  here(documents.command('list').description('every document that the charter names')).action(
    (options: DocumentOptions) => list(options),
  );
  here(documents.command('supply').description('note that one exists: its digest is kept, the file stays with you'))
    .argument('<document>', 'its id in the charter, such as soc2-report')
    .argument('<file>', 'the document')
    .requiredOption('--issued <day>', 'when it was issued, such as 2026-05-01')
    .option('--until <day>', 'its own end, where that is earlier than the charter wants a new one')
    .action((documentId: string, file: string, options: SupplyOptions) => supply(documentId, file, options));
  here(documents.command('check').description('whether a file is the document that was noted'))
    .argument('<document>', 'its id in the charter')
    .argument('<file>', 'the document')
    .action((documentId: string, file: string, options: DocumentOptions) => check(documentId, file, options));
}

async function list({ directory, json }: DocumentOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const answer = await asOperator(findRegion(directory), (operator) => operator.call(listDocuments, {}));
  if (answer.documents.length === 0) console.terminal.line('The charter names no document.');
  for (const one of answer.documents) tell(console, one);
  console.result(answer);
}

async function supply(
  documentId: string,
  file: string,
  { directory, json, issued, until }: SupplyOptions,
): Promise<void> {
  const console = createConsole(json ?? false);
  const input = {
    documentId,
    digest: await digestOfFile(file),
    issuedAt: instantOf(issued),
    ...(until === undefined ? {} : { expiresAt: instantOf(until) }),
  };
  const noted = await asOperator(findRegion(directory), (operator) => operator.call(supplyDocument, input));
  console.terminal.tick('noted by its digest; keep the file, the region has not got it');
  tell(console, noted);
  console.result(noted);
}

async function check(documentId: string, file: string, { directory, json }: DocumentOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const digest = await digestOfFile(file);
  const { documents } = await asOperator(findRegion(directory), (operator) => operator.call(listDocuments, {}));
  const isSame = documents.some((one) => one.documentId === documentId && one.digest === digest);
  if (isSame) console.terminal.tick(`${file} is the ${documentId} that was noted`);
  else console.terminal.mark('cross', `${file} is not the ${documentId} that was noted`);
  console.result({ documentId, digest, isSame });
  if (!isSame) throw new CheckFailed('The file is another one');
}

/** A day, taken at its beginning in UTC, or an instant. */
function instantOf(text: string): string {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime()))
    throw new Problem(cliProblems.usage, { detail: `“${text}” is no day such as 2026-05-01.` });
  return instant.toISOString();
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
  } catch (cause) {
    throw new Problem(cliProblems.fileUnreadable, { detail: `${file} cannot be read.`, cause });
  }
  return hash.digest('hex');
}

function tell({ terminal }: Console, one: OperatorDocument): void {
  terminal.mark(one.state === 'in-date' ? 'tick' : 'warn', one.title, one.state);
  terminal.fact('document', one.documentId);
  if (one.digest) terminal.fact('sha-256', one.digest);
  if (one.issuedAt) terminal.fact('issued', one.issuedAt.slice(0, 10));
  if (one.expiresAt) terminal.fact('holds until', one.expiresAt.slice(0, 10));
}
