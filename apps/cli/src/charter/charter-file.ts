import { readFileSync } from 'node:fs';
import { type Charter, loadCharter } from '@millrace/charter';
import { Problem } from '@millrace/kernel';
import { cliProblems } from '../region/problems.js';

/** @throws Problem `cli.file-unreadable`; CharterError for a charter that is refused */
export function charterOf(file: string): Charter {
  return loadCharter(readText(file), file);
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
