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

/** Operations of a module that is not its context's. */
const METRICS = 'sync.metric.';

export function moduleOf(operation: Operation): Module {
  if (operation.name.startsWith(METRICS)) return 'metrics';
  return moduleOfContext[contextOf(operation.name)];
}
