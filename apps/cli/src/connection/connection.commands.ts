import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import {
  checkConnection,
  type Connection,
  createConnection,
  discoverConnection,
  listConnections,
  revokeConnection,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Command, Option } from 'commander';
import { type ApiCommand, type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { grouped } from '../terminal/terminal.js';

interface CreateOptions extends ApiOptions {
  readonly name: string;
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly username: string;
  readonly tls: 'verify-full' | 'require' | 'disable';
  readonly credentialFile?: string;
  readonly credentialStdin?: boolean;
}

export function addConnections(program: Command): void {
  const connections = program.command('connections').description('links to other systems');
  withApiOptions(connections.command('create').description('authorise a link to a PostgreSQL database'))
    .requiredOption('--name <name>', 'how pipelines call it')
    .requiredOption('--host <host>', 'host name or address of the server')
    .option('--port <port>', 'its port', '5432')
    .requiredOption('--database <name>', 'the database')
    .requiredOption('--username <name>', 'the account to work as')
    .addOption(
      new Option('--tls <mode>', 'how the line is protected')
        .choices(['verify-full', 'require', 'disable'])
        .default('verify-full'),
    )
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
    connections.command('revoke <connection>').description('end a connection: its credential is destroyed at once'),
  ).action((connection: string, options: ApiOptions) => revoke(connection, options));
}

async function create(options: CreateOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { name, host, port, database, username, tls } = options;
  const password = await readCredential(options);
  const config = { host, port: Number(port), database, tls };
  const made = await client.call(createConnection, {
    name,
    provider: 'postgres',
    config,
    credential: { username, password },
  });
  console.terminal.tick(`${made.name} is connected as ${made.account}; the credential is sealed and never shown again`);
  console.terminal.fact('id', made.connectionId);
  console.result(made);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const { connections } = await client.call(listConnections, {});
  const rows = connections.map((one) => [
    one.name,
    one.state,
    one.account,
    `${one.config.host}:${one.config.port}/${one.config.database}`,
    one.connectionId,
  ]);
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

/** The connection of this name or id; an active one before a revoked one of the same name. */
async function findConnection({ client }: ApiCommand, named: string): Promise<Connection> {
  const { connections } = await client.call(listConnections, {});
  const found = connections.filter((one) => one.connectionId === named || one.name === named);
  const chosen = found.find((one) => one.state === 'active') ?? found[0];
  if (chosen) return chosen;
  throw new Problem(cliProblems.notFound, {
    detail: 'No connection has this name or id; `millrace connections list` shows all.',
  });
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
