import type { Feature, Module } from '@millrace/charter';
import { type ContextName, contextOf, type Operation } from '@millrace/contracts';

/** Which module of the charter switches the routes of a context on. */
const moduleOfContext: Readonly<Record<ContextName, Module>> = {
  identity: 'core',
  compliance: 'core',
  notifications: 'core',
  gateway: 'core',
  vault: 'sync',
  sync: 'sync',
};

/** Operations of a module that is not their context's, by how their names begin. */
const moduleOfPrefix: readonly (readonly [string, Feature])[] = [
  ['sync.metric.', 'metrics'],
  ['sync.budget.', 'metrics'],
  ['identity.staff.', 'staff-sso'],
  ['identity.provider.', 'organization-providers'],
];

export function moduleOf(operation: Operation): Feature {
  const own = moduleOfPrefix.find(([prefix]) => operation.name.startsWith(prefix));
  return own?.[1] ?? moduleOfContext[contextOf(operation.name)];
}
