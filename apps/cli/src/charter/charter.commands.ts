import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CharterError, type Finding, formatFinding, lintCharter, loadCharter } from '@millrace/charter';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { cliProblems } from '../region/problems.js';
import { type Console, createConsole } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';
import { asJson } from '../region/region-options.js';

export function addCharter(program: Command): void {
  program
    .command('charter')
    .description('the operator’s privacy promises as a file')
    .command('check <file>')
    .description('check a charter: every fault with its line, then where it contradicts itself, the law or a vendor')
    .addOption(asJson())
    .action((file: string, options: { json?: boolean }) => check(file, createConsole(options.json ?? false)));
}

function check(file: string, console: Console): void {
  const { terminal } = console;
  const text = readText(file);
  try {
    const charter = loadCharter(text, file);
    const warnings = lintCharter(charter);
    terminal.tick(`${charter.name} of ${charter.version} can be used: ${charter.document.promises.length} promises`);
    show(console, warnings);
    if (warnings.length)
      terminal.line(
        `    ${warnings.length} warnings; ${warnings.filter((one) => one.blocks).length} of them block the publication of the policy page`,
      );
    console.result({ valid: true, charter: charter.name, version: charter.version, findings: warnings });
  } catch (error) {
    if (!(error instanceof CharterError)) throw error;
    show(console, error.findings);
    terminal.line(
      `    ${path.basename(file)} is refused for ${error.findings.length} reason${error.findings.length === 1 ? '' : 's'}`,
    );
    console.result({ valid: false, findings: error.findings });
    throw new CheckFailed('The charter is refused');
  }
}

function show({ terminal }: Console, findings: readonly Finding[]): void {
  for (const finding of findings)
    terminal.mark(
      finding.level === 'error' ? 'cross' : 'warn',
      formatFinding(finding),
      finding.blocks && `blocks ${finding.blocks}`,
    );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Problem(cliProblems.fileUnreadable, {
      detail: `${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`,
      cause,
    });
  }
}
