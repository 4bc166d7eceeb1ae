import { lintCharter } from '@millrace/charter';
import type { Command } from 'commander';
import { asJson } from '../region/region-options.js';
import { type Console, createConsole } from '../terminal/console.js';
import { showFindings, usableCharter } from './charter-file.js';
import { diff } from './diff-charters.js';
import { render } from './render-charter.js';

interface CharterOptions {
  readonly json?: boolean;
}

export function addCharter(program: Command): void {
  const charter = program.command('charter').description('the operator’s privacy promises as a file');
  const consoleOf = ({ json }: CharterOptions) => createConsole(json ?? false);
  charter
    .command('check <file>')
    .description('check a charter: every fault with its line, then where it contradicts itself, the law or a vendor')
    .addOption(asJson())
    .action((file: string, options: CharterOptions) => check(file, consoleOf(options)));
  charter
    .command('diff <old> <new>')
    .description('what a new version changes for people, and which notices it owes them')
    .addOption(asJson())
    .action((old: string, now: string, options: CharterOptions) =>
      diff(usableCharter(old, consoleOf(options)), usableCharter(now, consoleOf(options)), consoleOf(options)),
    );
  charter
    .command('render <file> <directory>')
    .description('write the pages that follow from a charter, as HTML and Markdown')
    .addOption(asJson())
    .action((file: string, directory: string, options: CharterOptions) =>
      render(usableCharter(file, consoleOf(options)), directory, consoleOf(options)),
    );
}

function check(file: string, console: Console): void {
  const { terminal } = console;
  const charter = usableCharter(file, console);
  const warnings = lintCharter(charter);
  terminal.tick(`${charter.name} of ${charter.version} can be used: ${charter.document.promises.length} promises`);
  showFindings(console, warnings);
  if (warnings.length)
    terminal.line(
      `    ${warnings.length} warnings; ${warnings.filter((one) => one.blocks).length} of them block the publication of the policy page`,
    );
  console.result({ valid: true, charter: charter.name, version: charter.version, findings: warnings });
}
