/** What every script needs to know about the machine. Runs on Node 20, before anything is installed. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The Node that the product runs on: the one that npm installed (Linux x64), else the one that runs this. */
export function nodeProgram() {
  const installed = path.join(root, 'node_modules', '.bin', 'node');
  return existsSync(installed) ? installed : process.execPath;
}

/** The flags that jest needs for ES modules. */
export const JEST = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
];

/** Runs a program in the repository's root without standard input and gives its exit code (1 when a signal ended it). */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** As {@link run}, but keeps what the program prints and gives it with the code. */
export function capture(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
