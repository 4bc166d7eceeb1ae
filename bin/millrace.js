#!/usr/bin/env node
/**
 * Starts the command line on the Node that npm installed, whatever Node is outside. It must itself run on Node 20,
 * so nothing of the product is imported before the right Node runs.
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const self = realpathSync(fileURLToPath(import.meta.url));
const root = path.dirname(path.dirname(self));
const program = path.join(root, 'apps', 'cli', 'dist', 'main.js');
const node = path.join(root, 'node_modules', '.bin', 'node');

if (!existsSync(program)) {
  console.error('Millrace is not built yet; type: make setup');
  process.exit(1);
} else if (!existsSync(node) || realpathSync(node) === realpathSync(process.execPath)) {
  // With a channel open we were started by the branch below: when that process is killed, stop in good order.
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
  process.argv[1] = program;
  // Compiled code is kept for the next start, of this program and of the processes that it starts.
  module.enableCompileCache?.(path.join(root, '.cache', 'compiled'));
  await import(pathToFileURL(program).href);
} else if (process.execve) {
  process.execve(node, [node, self, ...process.argv.slice(2)], process.env);
} else {
  startInChild();
}

function startInChild() {
  const child = spawn(node, [self, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // A terminal sends Ctrl-C to both of us; sent on, it would count twice and look like an impatient second one.
  const fromTerminal = process.stdin.isTTY || process.stdout.isTTY;
  process.on('SIGINT', () => !fromTerminal && child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + os.constants.signals[signal]));
}
