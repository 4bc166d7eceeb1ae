/** A partition that waits to be handed to the workers. */
export interface Candidate {
  readonly id: string;
  readonly runId: string;
  readonly orgId: string;
  readonly connectionId: string;
  /** Most partitions that may use the connection at once. */
  readonly concurrency: number;
  readonly priority: number;
}

/** How many partitions are with the workers or on their way to them. */
export interface Busy {
  readonly organizations: ReadonlyMap<string, number>;
  readonly connections: ReadonlyMap<string, number>;
}

/**
 * Chooses who comes next when there is room for `room` partitions: always one of the organization that has the fewest
 * under way, so that one with ten thousand waiting does not keep out one with a single one. Within an organization
 * the higher priority comes first, then whoever has waited longest (`candidates` come in that order). A connection that is
 * as busy as it may be is passed over.
 */
export function choosePartitions(candidates: readonly Candidate[], busy: Busy, room: number): Candidate[] {
  const waiting = new Map<string, Candidate[]>();
  for (const one of candidates) waiting.set(one.orgId, [...(waiting.get(one.orgId) ?? []), one]);
  for (const list of waiting.values()) list.sort((left, right) => right.priority - left.priority);
  const organizations = new Map(busy.organizations);
  const connections = new Map(busy.connections);
  const chosen: Candidate[] = [];
  while (chosen.length < room && waiting.size > 0) {
    const orgId = leastBusy(waiting.keys(), organizations);
    const next = takeNext(waiting.get(orgId)!, connections);
    if (!next) {
      waiting.delete(orgId);
      continue;
    }
    chosen.push(next);
    increase(organizations, orgId);
    increase(connections, next.connectionId);
  }
  return chosen;
}

function leastBusy(organizations: Iterable<string>, busy: ReadonlyMap<string, number>): string {
  let least: string | undefined;
  for (const one of organizations)
    if (least === undefined || (busy.get(one) ?? 0) < (busy.get(least) ?? 0)) least = one;
  return least!;
}

/** The first whose connection has room, taken out of the list. */
function takeNext(list: Candidate[], connections: ReadonlyMap<string, number>): Candidate | undefined {
  const at = list.findIndex(({ connectionId, concurrency }) => (connections.get(connectionId) ?? 0) < concurrency);
  return at < 0 ? undefined : list.splice(at, 1)[0];
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
