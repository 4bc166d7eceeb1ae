import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import {
  checkConnection,
  type Connection,
  type ConnectionRequest,
  createConnection,
  discoverConnection,
  listConnections,
  oauthProviderNames,
  revokeConnection,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Command, Option } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { grouped } from '../terminal/terminal.js';
import { access, type AccessOptions } from './access.js';
import { authorize, type AuthorizeOptions } from './authorize.js';
import { budget, type BudgetOptions, byteCount, recordCount } from './budget.js';
import { findConnection } from './find-connection.js';
import {
  proofFieldsOf,
  type SettingsOptions,
  settingsOf,
  usage,
  whereOf,
  withSettings,
} from './connection-settings.js';

interface CreateOptions extends ApiOptions, SettingsOptions {
  readonly name: string;
  readonly credentialFile?: string;
  readonly credentialStdin?: boolean;
}

export function addConnections(program: Command): void {
  const connections = program.command('connections').description('links to other systems');
  const described = connections
    .command('create')
    .description('make a link with a credential that you have, or to files');
  withSettings(withApiOptions(described).requiredOption('--name <name>', 'how pipelines call it'))
    .option('--credential-file <path>', 'read the password, token or key from a file')
    .option('--credential-stdin', 'read the password, token or key from standard input')
    .action((options: CreateOptions) => create(options));
  withApiOptions(
    connections
      .command('authorize')
      .argument('[connection]', 'connect this one again')
      .description('make a link by allowing it at the provider, in a browser'),
  )
    .addOption(new Option('--provider <name>', 'where').choices(oauthProviderNames))
    .option('--name <name>', 'how pipelines call it')
    .option('--config <document>', 'its settings, as one JSON or YAML document')
    .option('--config-file <path>', 'read its settings from a JSON or YAML file')
    .action((connection: string | undefined, options: AuthorizeOptions) => authorize(connection, options));
  withApiOptions(connections.command('list').description('the connections of your organization')).action(
    (options: ApiOptions) => list(options),
  );
  withApiOptions(
    connections.command('check <connection>').description('reach the other system, by the connection’s name or id'),
  ).action((connection: string, options: ApiOptions) => check(connection, options));
  withApiOptions(
    connections.command('schema <connection>').description('the streams and fields that a connection offers'),
  ).action((connection: string, options: ApiOptions) => schema(connection, options));
  withApiOptions(
    connections
      .command('budget <connection>')
      .description('what its queries may read in a calendar month (UTC), and what they have read; an option sets it'),
  )
    .option('--monthly-bytes <size>', 'most bytes, such as 500GB', byteCount)
    .option('--monthly-records <count>', 'most records', recordCount)
    .option('--none', 'lift the budget')
    .action((connection: string, options: BudgetOptions) => budget(connection, options));
  withApiOptions(
    connections
      .command('access <connection>')
      .description('for an access review: who could have its secret used, and every use of it'),
  )
    .option('--csv', 'print the uses as CSV')
    .action((connection: string, options: AccessOptions) => access(connection, options));
  withApiOptions(
    connections
      .command('revoke <connection>')
      .description('end a connection: its credential is destroyed at once, its grant ended at the provider'),
  ).action((connection: string, options: ApiOptions) => revoke(connection, options));
}

async function create(options: CreateOptions): Promise<void> {
  const { name, provider } = options;
  const config = settingsOf(options);
  const proof = await proofOf(options);
  const { client, console } = await openApi(options);
  const request = { name, provider, config, ...proof } as ConnectionRequest;
  const made = await client.call(createConnection, request);
  console.terminal.tick(
    proof.credential
      ? `${made.name} is connected as ${made.account}; the credential is sealed and never shown again`
      : `${made.name} is connected to ${whereOf(made)}`,
  );
  console.terminal.fact('id', made.connectionId);
  console.result(made);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { connections } = await client.call(listConnections, {});
  const rows = connections.map((one) => [one.name, stateOf(one), one.account, whereOf(one), one.connectionId]);
  console.terminal.table(['name', 'state', 'account', 'where', 'id'], rows);
  console.result({ connections });
}

/** What a reader must know first: whether it works, and if not what is the matter. */
function stateOf({ state, health, atProvider }: Connection): string {
  if (state === 'active') return health === 'working' ? state : health;
  return atProvider === 'pending' ? 'revoked here, pending there' : state;
}

async function check(named: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  const { connectionId, name } = await findConnection(api, named);
  const answer = await api.client.call(checkConnection, { connectionId });
  api.console.terminal.tick(`${name} answers`, answer.serverVersion);
  api.console.result(answer);
}

async function schema(named: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  const { connectionId } = await findConnection(api, named);
  const answer = await api.client.call(discoverConnection, { connectionId });
  for (const { stream, key, estimatedRows, fields } of answer.streams) {
    api.console.terminal.section(stream);
    api.console.terminal.fact('key', key.join(', ') || 'none');
    if (estimatedRows !== undefined) api.console.terminal.fact('rows, about', grouped(estimatedRows));
    api.console.terminal.table(
      ['field', 'type', 'probably'],
      fields.map((field) => [field.name, field.type, field.privacy === 'none' ? '' : field.privacy]),
    );
  }
  api.console.result(answer);
}

/** What is left to happen at the provider. */
const afterwards: Readonly<Record<NonNullable<Connection['atProvider']>, string>> = {
  pending: 'The provider is told to end the grant; `millrace connections list` shows when it has.',
  done: 'The provider has ended the grant.',
  'not-offered': 'The provider cannot be told: remove the key, token or grant there too.',
  'given-up': 'The provider did not answer in time: remove the grant there too.',
};

async function revoke(named: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  const { connectionId } = await findConnection(api, named);
  const answer = await api.client.call(revokeConnection, { connectionId });
  api.console.terminal.tick(`${answer.name} is revoked; no run can use it again`);
  if (answer.atProvider) api.console.terminal.line(`  ${afterwards[answer.atProvider]}`);
  api.console.result(answer);
}

/** The credential as the provider's file in the contracts has it; nothing for a provider that asks for no proof. */
async function proofOf(options: CreateOptions): Promise<{ credential?: Record<string, string> }> {
  const { provider, username, credentialFile, credentialStdin } = options;
  const fields = proofFieldsOf(provider);
  if (!fields) {
    if (username ?? credentialFile ?? credentialStdin) throw usage(`A connection to ${provider} takes no credential.`);
    return {};
  }
  if (fields.named && !username) throw usage('Name the account to work as with --username.');
  if (!fields.named && username) throw usage(`A connection to ${provider} takes no --username.`);
  const secret = { [fields.secret]: await readCredential(options) };
  return { credential: username ? { username, ...secret } : secret };
}

async function readCredential({ credentialFile, credentialStdin, passwordStdin }: CreateOptions): Promise<string> {
  if ((credentialFile === undefined) === !credentialStdin) {
    throw new Problem(cliProblems.usage, {
      detail: 'Say where the password, token or key comes from: --credential-file <path> or --credential-stdin.',
    });
  }
  if (credentialStdin && passwordStdin) {
    throw new Problem(cliProblems.usage, {
      detail: 'Only one password can come from standard input; read the other one from a file.',
    });
  }
  const text = credentialFile === undefined ? await textOf(process.stdin) : readFileSync(credentialFile, 'utf8');
  return text.replace(/\r?\n$/, '');
}
