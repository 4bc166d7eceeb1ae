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

export function moduleOf(operation: Operation): Module {
  return moduleOfContext[contextOf(operation.name)];
}
