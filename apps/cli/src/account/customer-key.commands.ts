import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import {
  type Input,
  type OrganizationKey,
  readOrganizationKey,
  removeOrganizationKey,
  setOrganizationKey,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';

type Place = Omit<Input<typeof setOrganizationKey>, 'secretId' | 'certificates' | 'keyName' | 'loginMount'>;

interface SetOptions extends ApiOptions, Place {
  readonly key: string;
  readonly login: string;
  readonly caFile?: string;
  readonly credentialFile?: string;
  readonly credentialStdin?: true;
}

export function addCustomerKey(program: Command): void {
  const key = program.command('customer-key').description('your organization’s key, kept together with the region');
  withApiOptions(key.command('show').description('show who keeps it, and whether your engine works')).action(
    (options: ApiOptions) => show(options),
  );
  withApiOptions(key.command('set').description('have nothing of yours open without a transit engine of your own'))
    .requiredOption('--address <url>', 'of your server of OpenBao or HashiCorp Vault')
    .requiredOption('--key <name>', 'an AES-256-GCM key there')
    .requiredOption('--role-id <id>', 'the AppRole that may wrap and unwrap with it')
    .option('--credential-file <path>', 'read its secret id from a file')
    .option('--credential-stdin', 'read its secret id from standard input')
    .option('--mount <path>', 'where the transit engine is', 'transit')
    .option('--login <path>', 'where the AppRole method is', 'approle')
    .option('--namespace <name>', 'for servers that have namespaces')
    .option('--ca-file <path>', 'certificates that the server’s must chain to')
    .action((options: SetOptions) => set(options));
  withApiOptions(key.command('remove').description('leave it to the region alone again')).action(
    (options: ApiOptions) => remove(options),
  );
}

async function show(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(readOrganizationKey, {});
  console.terminal.table(['what', 'value'], rowsOf(answer));
  console.result(answer);
}

async function set(options: SetOptions): Promise<void> {
  const { address, key, roleId, mount, login, namespace, caFile } = options;
  const { client, console } = await openApi(options);
  const answer = await client.call(setOrganizationKey, {
    address,
    mount,
    keyName: key,
    loginMount: login,
    roleId,
    secretId: await secretIdOf(options),
    ...(namespace === undefined ? {} : { namespace }),
    ...(caFile === undefined ? {} : { certificates: readFileSync(caFile, 'utf8') }),
  });
  console.terminal.tick('your engine works; everything is being wrapped anew (`millrace customer-key show`)');
  console.result(answer);
}

async function remove(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(removeOrganizationKey, {});
  console.terminal.tick('keep your engine running until `millrace customer-key show` says “operator”');
  console.result(answer);
}

async function secretIdOf({ credentialFile, credentialStdin }: SetOptions): Promise<string> {
  if ((credentialFile === undefined) === !credentialStdin)
    throw new Problem(cliProblems.usage, {
      detail: 'Say where the role’s secret id comes from: --credential-file <path> or --credential-stdin.',
    });
  return (credentialFile === undefined ? await text(process.stdin) : readFileSync(credentialFile, 'utf8')).trim();
}

function rowsOf({ state, engine, progress }: OrganizationKey): string[][] {
  return [
    ['kept by', WORDS[state]],
    ...(engine
      ? [
          ['engine', `${engine.address}/${engine.mount}, key ${engine.keyName}`],
          ['health', engine.health],
        ]
      : []),
    ...(progress ? [['wrapped anew', `${progress.rewrapped} of ${progress.envelopes}`]] : []),
    ...(progress?.unreadable ? [['unreadable', String(progress.unreadable)]] : []),
  ];
}

const WORDS: Readonly<Record<OrganizationKey['state'], string>> = {
  operator: 'the region alone (operator)',
  joining: 'you and the region, for what is new; the rest is being wrapped anew (joining)',
  customer: 'you and the region together (customer)',
  leaving: 'the region alone, for what is new; the rest is being wrapped anew (leaving)',
};
