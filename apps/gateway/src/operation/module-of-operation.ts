import type { Module } from '@millrace/charter';
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

/** Operations of a module that is not its context's: what charters rule under `metrics`. */
const METRICS = ['sync.metric.', 'sync.budget.'];

export function moduleOf(operation: Operation): Module {
  if (METRICS.some((prefix) => operation.name.startsWith(prefix))) return 'metrics';
  return moduleOfContext[contextOf(operation.name)];
}
