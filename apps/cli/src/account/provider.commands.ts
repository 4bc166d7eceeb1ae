import {
  claimDomain,
  dropDomain,
  newcomerRoles,
  type OrganizationDomain,
  type OrganizationProvider,
  readProvider,
  removeProvider,
  setProvider,
  verifyDomain,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';

interface ProviderOptions extends ApiOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly required?: true;
  readonly newcomers?: string;
  readonly amr?: string[];
  readonly acr?: string[];
}

export function addProvider(program: Command): void {
  const provider = program.command('provider').description('your organization’s own identity provider');
  withApiOptions(provider.command('show').description('show it, its domains, and what to register there')).action(
    (options: ApiOptions) => show(options),
  );
  withApiOptions(provider.command('set').description('have your users sign in there'))
    .requiredOption('--issuer <url>', 'as its ID tokens name it')
    .requiredOption('--client-id <id>', 'the client that you registered there')
    .option('--required', 'close every other way into the organization')
    .option('--newcomers <role>', `open accounts and memberships, one of ${newcomerRoles.join(', ')}`)
    .option('--amr <method...>', 'methods that show a second factor')
    .option('--acr <class...>', 'classes that show a second factor')
    .action((options: ProviderOptions) => set(options));
  withApiOptions(provider.command('remove').description('do without it; sessions that it began end')).action(
    (options: ApiOptions) => remove(options),
  );
  withApiOptions(provider.command('claim').description('name a domain of your users’ addresses'))
    .argument('<domain>')
    .action((domain: string, options: ApiOptions) => claim(domain, options));
  withApiOptions(provider.command('verify').description('look for the DNS record of a domain'))
    .argument('<domain>')
    .action((domain: string, options: ApiOptions) => verify(domain, options));
  withApiOptions(provider.command('drop').description('give a domain up'))
    .argument('<domain>')
    .action((domain: string, options: ApiOptions) => drop(domain, options));
}

async function show(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(readProvider, {});
  const { redirectUri, keysUri, provider, domains } = answer;
  console.terminal.table(
    ['what', 'value'],
    [
      ['redirect address', redirectUri],
      ['public keys', keysUri],
      ...(provider ? [['issuer', provider.issuer] as const, ['client', provider.clientId] as const] : []),
    ].map((row) => [...row]),
  );
  if (domains.length) console.terminal.table(['domain', 'state', 'TXT record'], domains.map(rowOf));
  console.result(answer);
}

async function set({ issuer, clientId, required, newcomers, amr = [], acr = [], ...options }: ProviderOptions) {
  const { client, console } = await openApi(options);
  const answer = await client.call(setProvider, {
    issuer,
    clientId,
    isRequired: required === true,
    secondFactor: { amr, acr },
    ...(newcomers === undefined ? {} : { newcomerRole: newcomerRoleOf(newcomers) }),
  });
  console.terminal.tick('your users sign in there from now on');
  console.result(answer);
}

async function remove(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  await client.call(removeProvider, {});
  console.terminal.tick('the provider is removed; sessions that it began have ended');
  console.result({});
}

async function claim(domain: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(claimDomain, { domain });
  console.terminal.tick(`publish the TXT record ${answer.record.name} with the text ${answer.record.value}`);
  console.result(answer);
}

async function verify(domain: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(verifyDomain, { domain });
  console.terminal.tick(`${answer.domain} is yours`);
  console.result(answer);
}

async function drop(domain: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  await client.call(dropDomain, { domain });
  console.terminal.tick(`${domain} is given up`);
  console.result({});
}

function rowOf({ domain, isVerified, record }: OrganizationDomain): string[] {
  return [domain, isVerified ? 'verified' : 'claimed', `${record.name} ${record.value}`];
}

function newcomerRoleOf(text: string): OrganizationProvider['newcomerRole'] {
  const found = newcomerRoles.find((one) => one === text);
  if (found) return found;
  throw new Problem(cliProblems.usage, { detail: `Newcomers are one of ${newcomerRoles.join(', ')}.` });
}
