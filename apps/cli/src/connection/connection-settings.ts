import { readFileSync } from 'node:fs';
import {
  type Connection,
  factsOf,
  type FileConfig,
  leavesOf,
  type PostgresConfig,
  type Provider,
  providerNames,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import { cliProblems } from '../region/problems.js';

/** What tells where a connection leads: the options of PostgreSQL, or a document for any provider. */
export interface SettingsOptions {
  readonly provider: Provider;
  readonly config?: string;
  readonly configFile?: string;
  readonly host?: string;
  readonly port?: string;
  readonly database?: string;
  readonly username?: string;
  readonly tls?: 'verify-full' | 'require' | 'disable';
}

export function withSettings(command: Command): Command {
  return command
    .addOption(new Option('--provider <name>', 'what is behind it').choices(providerNames).default('postgres'))
    .option('--config <document>', 'its settings, as one JSON or YAML document')
    .option('--config-file <path>', 'read its settings from a JSON or YAML file')
    .option('--host <host>', 'postgres: host name or address of the server')
    .option('--port <port>', 'postgres: its port (default: 5432)')
    .option('--database <name>', 'postgres: the database')
    .option('--username <name>', 'the account to work as, where the credential is not enough')
    .addOption(
      new Option('--tls <mode>', 'postgres: how the line is protected (default: verify-full)').choices([
        'verify-full',
        'require',
        'disable',
      ]),
    );
}

/** The settings as the API takes them; what is wrong with them, the API says. */
export function settingsOf(options: SettingsOptions): Record<string, unknown> {
  const { config, configFile, host, port, database, tls } = options;
  const given = [config, configFile].filter((one) => one !== undefined).length;
  const flags = { ...(host ? { host } : {}), ...(database ? { database } : {}), ...(tls ? { tls } : {}) };
  if (given > 1 || (given === 1 && (Object.keys(flags).length > 0 || port))) {
    throw usage('Give the settings once: by --config, by --config-file, or by the options of postgres.');
  }
  if (given === 1 || options.provider !== 'postgres') return documentOption(options);
  if (!host || !database) throw usage('A PostgreSQL connection needs --host and --database.');
  return { ...flags, ...(port ? { port: Number(port) } : {}) };
}

/** What a provider asks for as proof of who we are. */
export interface ProofFields {
  /** The field of the secret itself. */
  readonly secret: string;
  /** Whether the account is named besides. */
  readonly named: boolean;
}

/** Undefined for a provider that asks for no proof. @throws Problem for one at which connections are allowed instead */
export function proofFieldsOf(provider: Provider): ProofFields | undefined {
  const { direct, title } = factsOf(provider);
  if (!direct)
    throw usage(`${title} takes no credential: allow the connection there, with \`millrace connections authorize\`.`);
  if (!direct.credential) return undefined;
  const fields = leavesOf(direct.credential).map(({ path, kind }) => ({ name: path.slice(1), kind: kind?.kind }));
  const secret = fields.find(({ kind }) => kind === 'secret')!.name;
  return { secret, named: fields.some(({ name }) => name === 'username') };
}

/** Where a connection leads, in one word for a table. */
export function whereOf({ provider, config }: Connection): string {
  if (provider === 'postgres') {
    const { host, port, database } = config as PostgresConfig;
    return `${host}:${port}/${database}`;
  }
  if (provider === 'csv' || provider === 'ndjson') {
    const { directory, folder } = config as FileConfig;
    return folder ? `${directory}/${folder}` : directory;
  }
  return factsOf(provider).title;
}

/** The settings in a document; none where none is given. */
export function documentOption({ config, configFile }: Pick<SettingsOptions, 'config' | 'configFile'>) {
  if (config !== undefined && configFile !== undefined) throw usage('Give the settings once.');
  if (config === undefined && configFile === undefined) return {};
  return documentOf(config ?? readFileSync(configFile!, 'utf8'));
}

function documentOf(text: string): Record<string, unknown> {
  try {
    const document: unknown = parse(text);
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Record<string, unknown>;
    }
  } catch {
    // Said below, without repeating the text.
  }
  throw usage('The settings are no JSON or YAML object.');
}

export function usage(detail: string): Problem {
  return new Problem(cliProblems.usage, { detail });
}
