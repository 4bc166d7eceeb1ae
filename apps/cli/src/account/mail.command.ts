import { existsSync } from 'node:fs';
import { mailsIn } from '@millrace/embedded';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { countUpTo } from '../terminal/arguments.js';
import { createConsole } from '../terminal/console.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface MailOptions {
  readonly to?: string;
  readonly last: number;
  readonly directory?: string;
  readonly json?: boolean;
}

export function addMails(program: Command): void {
  program
    .command('mails')
    .description('read the mails of a region on this machine, which go nowhere else')
    .option('--to <address>', 'only those to this address')
    .option('--last <count>', 'how many, the newest first', countUpTo(1_000), 10)
    .addOption(inDirectory())
    .addOption(asJson())
    .action((options: MailOptions) => mails(options));
}

async function mails({ to, last, directory, json }: MailOptions): Promise<void> {
  const console = createConsole(json ?? false);
  const folder = findRegion(directory).mails;
  if (!existsSync(folder))
    throw new Problem(cliProblems.noRegion, { detail: 'This region has no mailbox: its mails go to a mail server.' });
  const found = (await mailsIn(folder, to)).slice(0, last);
  if (found.length === 0) console.terminal.line('There are no mails yet.');
  for (const { subject = '', date, text = '', headers } of found) {
    console.terminal.section(subject);
    console.terminal.fact('to', String(headers.get('x-delivered-to') ?? ''));
    console.terminal.fact('date', date?.toISOString() ?? '');
    console.terminal.line();
    for (const line of text.trim().split('\n')) console.terminal.line(`    ${line}`);
  }
  console.result({
    mails: found.map(({ subject, date, text, headers }) => ({
      to: headers.get('x-delivered-to'),
      subject,
      date: date?.toISOString(),
      text,
    })),
  });
}
