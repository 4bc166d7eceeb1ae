import { type LeaseRecord, listMembers, type Output, reviewAccess } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { type ApiCommand, type ApiOptions, openApi } from '../api/api-command.js';
import { cliProblems } from '../region/problems.js';
import { findConnection } from './find-connection.js';

export interface AccessOptions extends ApiOptions {
  readonly csv?: boolean;
}

const COLUMNS = ['at', 'purpose', 'runId', 'partitionId', 'fence', 'workerKey', 'leaseId'] as const;

/** Shows the whole review, however many pages it has. */
export async function access(named: string, options: AccessOptions): Promise<void> {
  if (options.csv && options.json) throw new Problem(cliProblems.usage, { detail: 'Say one of --csv and --json.' });
  const api = await openApi(options);
  const { connectionId } = await findConnection(api, named);
  const { next: _, ...review } = await wholeReview(api, connectionId);
  const able = new Set(review.roles.map(({ role }) => role));
  const members = (await api.client.call(listMembers, {})).members.filter(({ role }) => able.has(role));
  const rows = review.leases.map(rowOf);
  if (options.csv) {
    process.stdout.write([COLUMNS, ...rows].map((row) => `${row.join(',')}\r\n`).join(''));
    return;
  }
  const { terminal } = api.console;
  terminal.fact('key kept by', review.keyProvider);
  terminal.fact('held in memory by', review.services.join(', '));
  terminal.section('may have it used, by runs; nobody may read it');
  terminal.table(
    ['name', 'role', 'id'],
    members.map(({ name, role, userId }) => [name ?? '—', role, userId]),
  );
  terminal.section('used');
  terminal.table([...COLUMNS], rows);
  api.console.result({ ...review, members });
}

async function wholeReview({ client }: ApiCommand, connectionId: string): Promise<Output<typeof reviewAccess>> {
  const first = await client.call(reviewAccess, { connectionId });
  const leases = [...first.leases];
  for (let after = first.next; after;) {
    const page = await client.call(reviewAccess, { connectionId, after });
    leases.push(...page.leases);
    after = page.next;
  }
  return { ...first, leases };
}

/** Instants, ids, numbers and fingerprints: nothing that CSV would have to quote. */
function rowOf(lease: LeaseRecord): string[] {
  return COLUMNS.map((column) => String(lease[column] ?? ''));
}
