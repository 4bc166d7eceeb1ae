import { appendToLedger, type AuditEntry, MAX_AUDIT_BATCH, type ServiceName } from '@millrace/contracts';
import { newId, systemClock } from '@millrace/kernel';
import type { Joined } from '@millrace/service';

/** A service that hands its entries to the ledger as the relay of every service does: one batch after the other. */
export interface EntrySource {
  readonly lastNumber: () => number;
  /** Makes entries without sending them. */
  readonly write: (count: number) => readonly AuditEntry[];
  readonly send: (entries: readonly AuditEntry[]) => Promise<void>;
}

const ORGANIZATIONS = Array.from({ length: 50 }, () => newId());
const PEOPLE = Array.from({ length: 500 }, () => newId());
const EVENTS = ['connection.created', 'session.started', 'run.finished', 'credential.leased', 'pipeline.changed'];

/** @param name whose entries they are, in a region that `party` has joined under that name */
export function entrySource(name: ServiceName, party: Joined, from: number): EntrySource {
  let number = from;
  return {
    lastNumber: () => number,
    write: (count) => Array.from({ length: count }, () => entryOf(++number)),
    async send(entries) {
      for (let at = 0; at < entries.length; at += MAX_AUDIT_BATCH) {
        const batch = entries.slice(at, at + MAX_AUDIT_BATCH);
        await party.runtime.client.call(appendToLedger, { entries: batch }, { kind: 'service', name });
      }
    },
  };
}

/** As services write them: who did it and from where, to what, and two facts about it. */
function entryOf(number: number): AuditEntry {
  return {
    entryId: newId(),
    number,
    event: EVENTS[number % EVENTS.length]!,
    at: systemClock.now().toISOString(),
    orgId: ORGANIZATIONS[number % ORGANIZATIONS.length]!,
    actor: 'user',
    outcome: number % 20 ? 'success' : 'failure',
    target: { kind: 'connection', id: newId() },
    details: { provider: 'postgres', attempt: number % 7 },
    personal: { actorUserId: PEOPLE[number % PEOPLE.length]!, address: `198.51.100.${number % 250}` },
  };
}
