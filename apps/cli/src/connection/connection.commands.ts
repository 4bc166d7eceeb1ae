import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import {
  checkConnection,
  type ConnectionRequest,
  createConnection,
  discoverConnection,
  listConnections,
  revokeConnection,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { grouped } from '../terminal/terminal.js';
import { access, type AccessOptions } from './access.js';
import { budget, type BudgetOptions, byteCount, recordCount } from './budget.js';
import { findConnection } from './find-connection.js';
import { asksForProof, type SettingsOptions, settingsOf, usage, whereOf, withSettings } from './connection-settings.js';

interface CreateOptions extends ApiOptions, SettingsOptions {
  readonly name: string;
  readonly credentialFile?: string;
  readonly credentialStdin?: boolean;
}

export function addConnections(program: Command): void {
  const connections = program.command('connections').description('links to other systems');
  const described = connections.command('create').description('authorise a link to a database or to files');
  withSettings(withApiOptions(described).requiredOption('--name <name>', 'how pipelines call it'))
    .option('--credential-file <path>', 'read the account’s password from a file')
    .option('--credential-stdin', 'read the account’s password from standard input')
    .action((options: CreateOptions) => create(options));
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
    connections.command('revoke <connection>').description('end a connection: its credential is destroyed at once'),
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
    asksForProof(provider)
      ? `${made.name} is connected as ${made.account}; the credential is sealed and never shown again`
      : `${made.name} is connected to ${whereOf(made)}`,
  );
  console.terminal.fact('id', made.connectionId);
  console.result(made);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { connections } = await client.call(listConnections, {});
  const rows = connections.map((one) => [one.name, one.state, one.account, whereOf(one), one.connectionId]);
  console.terminal.table(['name', 'state', 'account', 'where', 'id'], rows);
  console.result({ connections });
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

async function revoke(named: string, options: ApiOptions): Promise<void> {
  const api = await openApi(options);
  const { connectionId } = await findConnection(api, named);
  const answer = await api.client.call(revokeConnection, { connectionId });
  api.console.terminal.tick(`${answer.name} is revoked; no run can use it again`);
  api.console.result(answer);
}

/** The account's name and its password; nothing for a provider that asks for no proof. */
async function proofOf(options: CreateOptions): Promise<{ credential?: { username: string; password: string } }> {
  const { provider, username, credentialFile, credentialStdin } = options;
  if (asksForProof(provider)) {
    if (!username) throw usage('Name the account to work as with --username.');
    return { credential: { username, password: await readCredential(options) } };
  }
  if (username ?? credentialFile ?? credentialStdin) throw usage(`A connection to ${provider} takes no credential.`);
  return {};
}

async function readCredential({ credentialFile, credentialStdin, passwordStdin }: CreateOptions): Promise<string> {
  if ((credentialFile === undefined) === !credentialStdin) {
    throw new Problem(cliProblems.usage, {
      detail: 'Say where the account’s password comes from: --credential-file <path> or --credential-stdin.',
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
