/**
 * Starts both servers in the directory given, prints their coordinates as one line of JSON and waits to be ended in
 * the way the test chose. With `--as <name>` root gives up its rights first.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Secret } from '@millrace/kernel';
import { findNatsServer, startNats, startPostgres, THROWAWAY } from '../src/index.js';
import { postgresBinaries } from '../src/postgres-binaries.js';

const [directory, option, name] = process.argv.slice(2) as [string, string?, string?];
if (option === '--as') becomeUser(name!);

const postgres = await startPostgres({
  dataDir: path.join(directory, 'postgres'),
  password: new Secret('a password'),
  settings: THROWAWAY,
  logFile: path.join(directory, 'postgres.log'),
});
const nats = await startNats({
  binary: findNatsServer({ path: process.env['PATH'] }).path,
  storeDir: path.join(directory, 'nats'),
  logFile: path.join(directory, 'nats.log'),
});
process.stdout.write(
  `${JSON.stringify({ uid: process.getuid?.(), pids: [postgres.pid, nats.pid], dataDir: postgres.dataDir })}\n`,
);
process.stdin.on('data', (order) => {
  if (String(order).includes('throw')) throw new Error('uncaught, as the test asked');
  process.exit(0);
});

function becomeUser(user: string): void {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${user}:`));
  const [, , uid, gid] = line!.split(':').map(Number) as [number, number, number, number];
  // While still root: makes the copy of the programs that a repository below a closed directory needs.
  postgresBinaries({ uid, gid });
  process.setgroups!([]);
  process.setgid!(gid);
  process.setuid!(uid);
}
