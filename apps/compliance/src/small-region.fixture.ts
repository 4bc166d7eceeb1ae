import { confirmPassword, type ContextName, contextNames, type Input, resolveSubject } from '@millrace/contracts';
import { type Call, Handles } from '@millrace/messaging';
import { declaredSchema, sqlMigration } from '@millrace/persistence';
import { personal, plain, type Table, table } from '@millrace/privacy';
import type { EvidenceReader, ServiceDefinition } from '@millrace/service';
import { Controller, Module } from '@nestjs/common';
import { definition } from './index.js';

export const PASSWORD = 'correct horse battery';

const meaning = { category: 'identity', purposes: ['account'], retention: 'account', onErase: 'delete' } as const;

/** What every small service holds about people. */
const people = table(
  'person',
  {
    userId: personal.userId(meaning, { primary: true }),
    nickname: personal.text(50, meaning),
    endedAt: plain.instant({ nullable: true }),
  },
  { subject: 'userId', guards: [{ subject: 'userId' }], retention: { rule: 'account', from: 'endedAt' } },
);

@Controller()
class SmallIdentity {
  @Handles(confirmPassword)
  async confirm({ password }: Input<typeof confirmPassword>, _call: Call) {
    return { confirmed: password === PASSWORD };
  }

  @Handles(resolveSubject)
  async resolve({ userId }: Input<typeof resolveSubject>, _call: Call) {
    return { ids: [userId], lookups: [], closingOrgIds: [] };
  }
}

/** A service small enough to stand for a whole context: one table about people, and answers to the questions asked of it. */
export function smallService(name: ContextName, evidence: Record<string, EvidenceReader> = {}): ServiceDefinition {
  const tables: readonly Table[] = [people];
  const controllers = name === 'identity' ? [SmallIdentity] : [];
  @Module({ controllers })
  class SmallModule {}
  const migrations = [sqlMigration('Initial1763800000000', declaredSchema(name, tables))];
  return { name, tables, migrations, module: SmallModule, evidence };
}

/** Compliance as it is, among small services for every other context. */
export function smallRegion(
  evidence: Partial<Record<ContextName, Record<string, EvidenceReader>>> = {},
): ServiceDefinition[] {
  const others = contextNames.filter((name) => name !== 'compliance');
  return [definition, ...others.map((name) => smallService(name, evidence[name]))];
}
