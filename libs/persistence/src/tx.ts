import { AuditEntry, type CloudEvent, type EventData, type EventKind, eventSubject } from '@millrace/contracts';
import { type Clock, newId } from '@millrace/kernel';
import { entityOf, type Row, type SqlRunner, type Table } from '@millrace/privacy';
import type { EntityManager, Repository } from 'typeorm';

/** An entry as the ledger takes it, but for the number that the relay gives. */
const WrittenEntry = AuditEntry.omit({ number: true });

/** Who acts and on whose behalf; becomes the core of every audit entry of a transaction. */
export interface Actor {
  readonly kind: 'user' | 'staff' | 'public' | 'service';
  readonly userId?: string;
  readonly orgId?: string;
  readonly requestId?: string;
  /** The API token that the user acts with. */
  readonly tokenId?: string;
}

/** What an audit entry says besides who and when. */
export interface AuditFacts {
  readonly event: string;
  /** Default: the actor's organization. */
  readonly orgId?: string;
  readonly target?: { readonly kind: string; readonly id: string };
  /** Default success. */
  readonly outcome?: 'success' | 'failure';
  /** Impersonal facts: ids, codes, counts, digests; texts of at most 200 characters. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** Personal facts besides the acting user's id. */
  readonly personal?: Readonly<Record<string, string>>;
}

export interface TxContext {
  readonly service: string;
  readonly clock: Clock;
  readonly actor: Actor;
}

/** What a transaction leaves behind to be sent on once it has committed. */
export interface LeftToSend {
  /** Events and work in the outbox. */
  outbox: boolean;
  /** Entries for the ledger. */
  audit: boolean;
}

/** A transaction inside a scope. Everything done through it commits together or not at all; throw to abort. */
export class Tx implements SqlRunner {
  /** For whoever commits it. */
  readonly left: LeftToSend = { outbox: false, audit: false };

  constructor(
    private readonly manager: EntityManager,
    private readonly context: TxContext,
  ) {}

  query<T = Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []): Promise<T[]> {
    return this.manager.query(sql, [...parameters]).then(rowsOf<T>);
  }

  /** The rows of a table that this scope may see. */
  table<T extends Table>(one: T): Repository<Row<T>> {
    return this.manager.getRepository(entityOf(one));
  }

  /** Decides an event: it is published after this transaction commits, and only then. */
  async emit<E extends EventKind>(kind: E, data: EventData<E>): Promise<void> {
    const parsed = kind.schema.parse(data) as { orgId: string };
    const { clock, service } = this.context;
    const now = clock.now();
    const envelope: CloudEvent = {
      specversion: '1.0',
      id: newId(clock),
      source: `/services/${service}`,
      type: kind.name,
      time: now.toISOString(),
      dataversion: kind.version,
      data: parsed,
    };
    await this.enqueue(eventSubject(kind, parsed.orgId), envelope, envelope.id);
  }

  /** Puts work into a work queue once this transaction commits. `item` holds ids only. */
  async enqueue(subject: string, item: object, id: string = newId(this.context.clock)): Promise<void> {
    this.left.outbox = true;
    await this.query('insert into outbox (id, subject, envelope, created_at) values ($1, $2, $3, $4)', [
      id,
      subject,
      JSON.stringify(item),
      this.context.clock.now(),
    ]);
  }

  /** Writes an audit entry with the act: if it cannot be written, the act does not happen. Answers the entry's id. */
  async audit(facts: AuditFacts): Promise<string> {
    const { clock, actor } = this.context;
    const entryId = newId(clock);
    const details = {
      ...facts.details,
      ...(actor.requestId ? { requestId: actor.requestId } : {}),
      ...(actor.tokenId ? { tokenId: actor.tokenId } : {}),
    };
    const personal: Record<string, string> = {
      ...facts.personal,
      ...(actor.userId ? { actorUserId: actor.userId } : {}),
    };
    const { event, target, outcome = 'success', orgId = actor.orgId } = facts;
    const at = clock.now();
    // Judged here, where the act can still be refused; later it would hold up every entry behind it.
    WrittenEntry.parse({
      entryId,
      event,
      at: at.toISOString(),
      orgId,
      actor: actor.kind,
      target,
      outcome,
      details,
      personal,
    });
    this.left.audit = true;
    await this.query(
      `insert into audit_outbox (entry_id, event, at, org_id, actor, target_kind, target_id, outcome, details, personal)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        entryId,
        event,
        at,
        orgId ?? null,
        actor.kind,
        target?.kind ?? null,
        target?.id ?? null,
        outcome,
        JSON.stringify(details),
        JSON.stringify(personal),
      ],
    );
    return entryId;
  }
}

/** TypeORM answers `[rows, count]` for update and delete, rows for everything else. */
function rowsOf<T>(result: unknown): T[] {
  if (!Array.isArray(result)) return [];
  const isPair = result.length === 2 && Array.isArray(result[0]) && typeof result[1] === 'number';
  return (isPair ? result[0] : result) as T[];
}
