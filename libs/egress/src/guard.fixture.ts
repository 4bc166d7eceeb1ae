import { MovableClock } from '@millrace/kernel';
import type { Resolver } from './address/resolver.js';
import { EgressGuard, type EgressGuardOptions } from './guard.js';
import type { EgressIntent, EgressRecord } from './route/decision.js';
import type { EgressRules, SubProcessor } from './route/rules.js';

export const MAIL_PROVIDER: SubProcessor = {
  enabled: true,
  region: 'eu',
  ceiling: ['contact'],
  purposes: ['transactional-mail'],
  hosts: ['smtp.mail.test', '*.api.mail.test'],
};

export function rulesWith(changes: Partial<EgressRules> = {}): EgressRules {
  const register: Record<string, SubProcessor> = {
    mail: MAIL_PROVIDER,
    'mail-us': { ...MAIL_PROVIDER, region: 'us' },
    'mail-off': { ...MAIL_PROVIDER, enabled: false },
  };
  return {
    purposes: { sync: {}, 'transactional-mail': {}, sharing: { consent: 'required' } },
    subProcessor: (id) => register[id],
    customerConnection: { purposes: ['sync', 'sharing'], ceiling: ['customer-records', 'credentials'] },
    ...changes,
  };
}

export interface Guarded {
  readonly guard: EgressGuard;
  readonly records: EgressRecord[];
}

/** A guard on a fake resolver that keeps its records in an array. */
export function guardWith(resolve: Resolver, options: Partial<EgressGuardOptions> = {}): Guarded {
  const records: EgressRecord[] = [];
  const clock = new MovableClock(new Date('2026-11-22T10:00:00.000Z'));
  const record = (entry: EgressRecord) => void records.push(entry);
  const guard = new EgressGuard({
    region: 'eu',
    rules: rulesWith(),
    privateCidrs: [],
    resolve,
    record,
    clock,
    ...options,
  });
  return { guard, records };
}

export const SYNC: EgressIntent = {
  purpose: 'sync',
  categories: ['customer-records'],
  recipient: { kind: 'customer-connection', id: '0197f5a0-0000-7000-8000-000000000001' },
};

export const MAIL: EgressIntent = {
  purpose: 'transactional-mail',
  categories: ['contact'],
  recipient: { kind: 'sub-processor', id: 'mail' },
};
