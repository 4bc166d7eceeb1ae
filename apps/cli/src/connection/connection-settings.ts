import { readFileSync } from 'node:fs';
import { type Connection, type Provider, providerNames, providers } from '@millrace/contracts';
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
    .option('--username <name>', 'postgres: the account to work as')
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
  if (given === 1) return documentOf(config ?? readFileSync(configFile!, 'utf8'));
  if (options.provider !== 'postgres')
    throw usage(`Give the settings of ${options.provider} by --config or --config-file.`);
  if (!host || !database) throw usage('A PostgreSQL connection needs --host and --database.');
  return { ...flags, ...(port ? { port: Number(port) } : {}) };
}

/** Whether the provider asks for proof of who we are. */
export function asksForProof(provider: Provider): boolean {
  return providers[provider].credential !== undefined;
}

/** Where a connection leads, in one word for a table. */
export function whereOf(connection: Connection): string {
  if (connection.provider === 'postgres') {
    const { host, port, database } = connection.config;
    return `${host}:${port}/${database}`;
  }
  const { directory, folder } = connection.config;
  return folder ? `${directory}/${folder}` : directory;
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
