import { type KeyFileKind, keyFileKinds, type ServiceName } from '@millrace/contracts';
import { Problem, systemClock } from '@millrace/kernel';
import { Argument, type Command } from 'commander';
import { asOperator } from '../region/operator.js';
import { cliProblems } from '../region/problems.js';
import { findRegion } from '../region/region-directory.js';
import { createConsole } from '../terminal/console.js';
import { type KeyOfRegion, renewKey, retireKey } from './renew-key.js';
import { asJson, inDirectory } from '../region/region-options.js';

interface KeyFileOptions {
  readonly directory?: string;
  readonly json?: boolean;
  readonly service?: string;
}

/** Adds the commands for keys that lie in the secrets directory. */
export function addKeyFiles(keys: Command): void {
  withKind(keys.command('renew'))
    .description('give a key of the region a new version and bring it into use, while work goes on')
    .action((kind: KeyFileKind, options: KeyFileOptions) => renew(kind, options));
  withKind(keys.command('retire'))
    .description('remove the versions that are not in use any more')
    .option('--now', 'refuse what may still be on its way: for a key that somebody else has')
    .action((kind: KeyFileKind, options: KeyFileOptions & { readonly now?: boolean }) => retire(kind, options));
}

function withKind(command: Command): Command {
  return command
    .addArgument(
      new Argument('<key>', 'pepper of passwords, sealing of credentials, signing of calls').choices(keyFileKinds),
    )
    .option('--service <name>', 'the key of one service; default: of every service that has one')
    .addOption(inDirectory())
    .addOption(asJson());
}

async function renew(kind: KeyFileKind, options: KeyFileOptions): Promise<void> {
  const console = createConsole(options.json ?? false);
  const renewed = await eachKey(kind, options, async (key) => {
    const versions = await renewKey(key);
    console.terminal.tick(
      `the ${kind} key of ${key.owner} has a new version; "millrace keys retire ${kind}" ends the old`,
    );
    return { owner: key.owner, versions };
  });
  console.result({ renewed });
}

async function retire(kind: KeyFileKind, options: KeyFileOptions & { readonly now?: boolean }): Promise<void> {
  const console = createConsole(options.json ?? false);
  const retired = await eachKey(kind, options, async (key) => {
    const removed = await retireKey(key, systemClock, options.now);
    console.terminal.tick(
      `${removed} old version${removed === 1 ? '' : 's'} of the ${kind} key of ${key.owner} removed`,
    );
    return { owner: key.owner, removed };
  });
  console.result({ retired });
}

/** One after another: of services that change keys at once, each would have to know the other's new one. */
async function eachKey<T>(
  kind: KeyFileKind,
  { directory, service }: KeyFileOptions,
  work: (key: KeyOfRegion) => Promise<T>,
): Promise<T[]> {
  // Loaded here, so that commands which do without it start at once.
  const { keyFile, keyFileOwners, loadRegionConfig } = await import('@millrace/service');
  const owners = keyFileOwners[kind].filter((name) => service === undefined || name === service);
  if (owners.length === 0)
    throw new Problem(cliProblems.usage, { detail: `There is a ${kind} key of: ${keyFileOwners[kind].join(', ')}.` });
  const region = findRegion(directory);
  const { secrets } = loadRegionConfig(region.regionFile);
  return asOperator(region, async (operator) => {
    const done: T[] = [];
    for (const owner of owners as readonly ServiceName[])
      done.push(await work({ kind, owner, operator, file: keyFile(secrets, kind, owner) }));
    return done;
  });
}
