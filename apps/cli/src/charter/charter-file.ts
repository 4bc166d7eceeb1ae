import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Charter, CharterError, type Finding, formatFinding, loadCharter } from '@millrace/charter';
import { Problem } from '@millrace/kernel';
import { shippedCharters } from '../region/charters.js';
import { cliProblems } from '../region/problems.js';
import { chartersFolder } from '../region/project.js';
import type { Console } from '../terminal/console.js';
import { CheckFailed } from '../terminal/failure.js';

/**
 * A charter that can be used.
 * @throws Problem `cli.file-unreadable`; CheckFailed once every fault of it was shown
 */
export function usableCharter(file: string, console: Console): Charter {
  const text = readText(file);
  try {
    return loadCharter(text, file);
  } catch (error) {
    if (!(error instanceof CharterError)) throw error;
    showFindings(console, error.findings);
    console.terminal.line(
      `    ${path.basename(file)} is refused for ${error.findings.length} reason${error.findings.length === 1 ? '' : 's'}`,
    );
    console.result({ valid: false, findings: error.findings });
    throw new CheckFailed('The charter is refused');
  }
}

/** The file of a charter that ships with the product, by its name, or of any other. @throws Problem `cli.unknown-charter` */
export function charterFile(nameOrFile: string): string {
  if (shippedCharters().includes(nameOrFile)) return path.join(chartersFolder, `${nameOrFile}.yaml`);
  if (existsSync(nameOrFile)) return nameOrFile;
  throw new Problem(cliProblems.unknownCharter, {
    detail: `“${nameOrFile}” is neither a file nor one of ${shippedCharters().join(', ')}.`,
  });
}

export function showFindings({ terminal }: Console, findings: readonly Finding[]): void {
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
