import { createToken, listTokens, type Permission, permissions, revokeToken } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { countUpTo } from '../terminal/arguments.js';

interface CreateOptions extends ApiOptions {
  readonly scope: readonly string[];
  readonly days: number;
}

export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('API tokens, for programs that act on your behalf');
  withApiOptions(tokens.command('create').description('make one; it is shown this once'))
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <permissions...>', `what it may do: ${permissions.join(', ')}`)
    .option('--days <count>', 'how long it lives, at most 365', countUpTo(365), 90)
    .action((name: string, options: CreateOptions) => create(name, options));
  withApiOptions(tokens.command('list').description('list them')).action((options: ApiOptions) => list(options));
  withApiOptions(tokens.command('revoke').description('end one at once'))
    .argument('<token>', 'its id')
    .action((tokenId: string, options: ApiOptions) => revoke(tokenId, options));
}

async function create(name: string, { scope, days, ...options }: CreateOptions): Promise<void> {
  const unknown = scope.find((one) => !(permissions as readonly string[]).includes(one));
  if (unknown !== undefined)
    throw new Problem(cliProblems.usage, { detail: `A scope is one of ${permissions.join(', ')}.` });
  const { client, console } = await openApi(options);
  const answer = await client.call(createToken, { name, scopes: scope as Permission[], expiresInDays: days });
  console.terminal.tick('the token is made; it is shown this once');
  console.terminal.fact('token', answer.token);
  console.terminal.fact('until', answer.expiresAt);
  console.terminal.line(
    '  Programs send it as `Authorization: Bearer …`; this command line takes it from MILLRACE_TOKEN.',
  );
  console.result(answer);
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(listTokens, {});
  const rows = answer.tokens.map(({ tokenId, name, scopes, expiresAt, lastUsedAt = 'never' }) => [
    name,
    tokenId,
    scopes.join(' '),
    expiresAt,
    lastUsedAt,
  ]);
  console.terminal.table(['token', 'id', 'scopes', 'until', 'last used'], rows);
  console.result(answer);
}

async function revoke(tokenId: string, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  await client.call(revokeToken, { tokenId });
  console.terminal.tick('the token is ended');
  console.result({});
}
