import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '@millrace/kernel';
import { programMissing } from './problems.js';

const PROGRAM = 'nats-server';
/** Places that the PATH of an ordinary account often lacks: Debian's, then Homebrew's. */
const USUAL_PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];

export interface NatsServerSearch {
  /** The program itself, as in NATS_SERVER_BIN; when given, nothing else is looked at. */
  readonly explicit?: string;
  /** Directories separated as in PATH. */
  readonly path?: string;
  /** Looked at after `path`; default: the usual places of Debian and Homebrew. */
  readonly places?: readonly string[];
}

/**
 * Finds the nats-server program (2.9 or newer).
 * @throws Problem `embedded.program-missing` whose one line says what to type.
 */
export function findNatsServer(search: NatsServerSearch = {}): { path: string } {
  if (search.explicit) return { path: explicitProgram(search.explicit) };
  const directories = [
    ...(search.path ?? '').split(path.delimiter).filter(Boolean),
    ...(search.places ?? USUAL_PLACES),
  ];
  const program = directories.map((directory) => path.join(directory, PROGRAM)).find(isProgram);
  if (program) return { path: program };
  throw new Problem(programMissing, { detail: `nats-server is not installed; type: ${installCommand()}` });
}

function explicitProgram(file: string): string {
  if (isProgram(file)) return path.resolve(file);
  throw new Problem(programMissing, { detail: `NATS_SERVER_BIN names ${file}, which is not a program` });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function installCommand(): string {
  if (process.platform === 'darwin') return 'brew install nats-server';
  const install = 'apt-get install -y nats-server';
  return process.getuid?.() === 0 ? install : `sudo ${install}`;
}
