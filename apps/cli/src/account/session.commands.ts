import { listSessions, revokeOtherSessions, revokeSession } from '@millrace/contracts';
import type { Command } from 'commander';
import { type ApiOptions, openApi, withApiOptions } from '../api/api-command.js';

export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('see where you are signed in, and end it');
  withApiOptions(sessions.command('list').description('list your sessions')).action((options: ApiOptions) =>
    list(options),
  );
  withApiOptions(sessions.command('end').description('end a session; without an id, every other one'))
    .argument('[session]', 'the id of the session')
    .action((sessionId: string | undefined, options: ApiOptions) => end(sessionId, options));
}

async function list(options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  const answer = await client.call(listSessions, {});
  const rows = answer.sessions.map(({ sessionId, device = '–', startedAt, lastSeenAt, current }) => [
    sessionId,
    device,
    startedAt,
    lastSeenAt,
    current ? 'this one' : '',
  ]);
  console.terminal.table(['session', 'device', 'started', 'last seen', ''], rows);
  console.result(answer);
}

async function end(sessionId: string | undefined, options: ApiOptions): Promise<void> {
  const { client, console } = await openApi(options);
  if (sessionId !== undefined) {
    await client.call(revokeSession, { sessionId });
    console.terminal.tick('the session is ended');
    return console.result({ ended: 1 });
  }
  const answer = await client.call(revokeOtherSessions, {});
  console.terminal.tick(`${answer.ended} other sessions are ended`);
  return console.result(answer);
}
