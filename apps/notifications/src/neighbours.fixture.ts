import { type ContextName, type Input, resolveContacts } from '@millrace/contracts';
import { Handles } from '@millrace/messaging';
import { declaredSchema, sqlMigration } from '@millrace/persistence';
import type { ServiceDefinition } from '@millrace/service';
import { Controller, Module } from '@nestjs/common';

const migrationsOf = (name: ContextName) => [sqlMigration('Initial1763800000000', declaredSchema(name, []))];

/** A sync that can only tell what happened: its outbox is real, its runs are not. */
export function fakeSync(): ServiceDefinition {
  @Module({})
  class SyncModule {}
  return { name: 'sync', tables: [], migrations: migrationsOf('sync'), module: SyncModule };
}

export interface Member {
  readonly orgId: string;
  readonly userId: string;
  readonly email: string;
  readonly owner: boolean;
}

/** An identity that knows the members it is given, and answers nothing else. */
export class FakeIdentity {
  readonly members: Member[] = [];
  /** How often it was asked. */
  asked = 0;
  /** Answers with an error while set. */
  broken = false;

  definition(): ServiceDefinition {
    const answer = (input: Input<typeof resolveContacts>) => this.answer(input);

    @Controller()
    class ContactOperations {
      @Handles(resolveContacts)
      async resolve(input: Input<typeof resolveContacts>) {
        return answer(input);
      }
    }
    @Module({ controllers: [ContactOperations] })
    class IdentityModule {}
    return { name: 'identity', tables: [], migrations: migrationsOf('identity'), module: IdentityModule };
  }

  private answer({ orgId, userId }: Input<typeof resolveContacts>) {
    this.asked += 1;
    if (this.broken) throw new Error('identity is broken');
    const meant = this.members.filter((one) => one.orgId === orgId && (userId ? one.userId === userId : one.owner));
    return { contacts: meant.map((one) => ({ userId: one.userId, email: one.email })) };
  }
}
