import {
  allows,
  type Caller,
  type Input,
  kernelProblems,
  type Operation,
  type Output,
  type ServiceName,
} from '@millrace/contracts';
import { type Clock, Problem } from '@millrace/kernel';
import { type Actor, type AuditFacts, type Database, type Scope, type Tx } from '@millrace/persistence';
import type { z } from 'zod';
import type { OperationClient } from './operation-client.js';

export interface CallDependencies {
  readonly service: ServiceName;
  readonly database: Database;
  readonly client: OperationClient;
  readonly clock: Clock;
}

/** A whole region's rows, for callers that are services; or the rows of a tenant scope. */
export type Reach = Scope | 'region';

export type Staff = Extract<Caller, { kind: 'staff' }>;
export type User = Extract<Caller, { kind: 'user' }>;

/** Adds facts to the audit entry of the act. */
export type About = (facts: Partial<Omit<AuditFacts, 'event'>>) => void;

/** One call of an operation, as its handler sees it. */
export class Call {
  private acted = false;

  constructor(
    readonly operation: Operation,
    readonly caller: Caller,
    readonly requestId: string,
    private readonly dependencies: CallDependencies,
  ) {}

  get clock(): Clock {
    return this.dependencies.clock;
  }

  /** The signed-in user. @throws Problem `kernel.not-signed-in` for every other caller */
  get user(): User {
    if (this.caller.kind !== 'user') throw new Problem(kernelProblems.notSignedIn);
    return this.caller;
  }

  /** Who of the operator's staff asks. @throws Problem `kernel.not-signed-in` for every other caller */
  get staff(): Staff {
    if (this.caller.kind !== 'staff') throw new Problem(kernelProblems.notSignedIn);
    return this.caller;
  }

  /** The organization that the call is about: the user's, or the one that is open to somebody of the staff. */
  get orgId(): string {
    const orgId = this.caller.kind === 'staff' ? this.caller.access?.orgId : this.user.orgId;
    if (orgId === undefined) throw new Problem(kernelProblems.forbidden);
    return orgId;
  }

  /**
   * Writes down that one of the staff looks at a customer's data. It comes before the look: what is not written down is
   * not shown.
   */
  async noteAccess(): Promise<void> {
    const { caller } = this;
    if (caller.kind !== 'staff' || !caller.access) return;
    // What they may see without it needs no line.
    if (allows(this.operation.access, { ...caller, access: undefined })) return;
    const { orgId, accessId } = caller.access;
    const details = { operation: this.operation.name };
    const target = { kind: 'staff-access', id: accessId };
    await this.tx((tx) => tx.audit({ event: 'staff-access.used', orgId, target, details }), { orgId });
  }

  /** The name of the calling service. @throws Problem `kernel.forbidden` for every other caller */
  get service(): ServiceName {
    if (this.caller.kind !== 'service') throw new Problem(kernelProblems.forbidden);
    return this.caller.name;
  }

  /** A transaction in the caller's scope, or in `reach`. Throw to abort. No hashing, remote call or waiting inside. */
  async tx<T>(work: (tx: Tx) => Promise<T>, reach: Reach = this.ownScope()): Promise<T> {
    const { database } = this.dependencies;
    this.refuseWiderReach(reach);
    return reach === 'region' ? database.region(this.actor(), work) : database.scoped(reach, this.actor(), work);
  }

  /**
   * The transaction of the act that an audited operation performs: its ledger entry is written with it, or neither is.
   * `about` adds what the entry should say.
   */
  async act<T>(work: (tx: Tx, about: About) => Promise<T>, reach: Reach = this.ownScope()): Promise<T> {
    const { audit } = this.operation;
    if (!audit) throw new Error(`${this.operation.name} declares no audit event`);
    const result = await this.tx(async (tx) => {
      let facts: Partial<AuditFacts> = {};
      const value = await work(tx, (more) => (facts = { ...facts, ...more }));
      await tx.audit({ ...facts, event: audit });
      return value;
    }, reach);
    this.acted = true;
    return result;
  }

  /** Calls another service's operation as this service. */
  ask<Op extends Operation>(operation: Op, input: z.input<Op['input']>): Promise<Output<Op>> {
    const { client, service } = this.dependencies;
    return client.call(operation, input, { kind: 'service', name: service }, this.requestId);
  }

  /** @throws Error when an audited operation succeeded without having acted; a defect that must not stay quiet */
  assertAudited(): void {
    if (this.operation.audit && !this.acted)
      throw new Error(`${this.operation.name} succeeded without its audit entry`);
  }

  private ownScope(): Scope {
    if (this.caller.kind === 'staff') {
      const { staffId, access } = this.caller;
      return { subject: staffId, ...(access ? { orgId: access.orgId } : {}) };
    }
    return this.caller.kind === 'user' ? { orgId: this.caller.orgId, subject: this.caller.userId } : {};
  }

  private refuseWiderReach(reach: Reach): void {
    const { caller } = this;
    if (reach === 'region' && caller.kind !== 'service' && caller.kind !== 'staff')
      throw new Error(`${this.operation.name}: only services and staff may reach the whole region`);
    if (reach !== 'region' && caller.kind === 'user') {
      const wider =
        ((reach.orgId ?? caller.orgId) !== caller.orgId && !this.operation.elsewhere) ||
        (reach.subject ?? caller.userId) !== caller.userId;
      if (wider) throw new Error(`${this.operation.name}: a user stays in their own scope`);
    }
  }

  private actor(): Actor {
    const { caller, requestId } = this;
    if (caller.kind === 'staff') return { kind: 'staff', userId: caller.staffId, requestId };
    if (caller.kind !== 'user') return { kind: caller.kind, requestId };
    const token = caller.scopes ? { tokenId: caller.sessionId } : {};
    return { kind: 'user', userId: caller.userId, orgId: caller.orgId, requestId, ...token };
  }
}

export type Handler<Op extends Operation> = (input: Input<Op>, call: Call) => Promise<Output<Op>>;
