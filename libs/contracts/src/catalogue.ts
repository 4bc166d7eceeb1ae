import { type ContextName, contextNames, type ServiceName, servicesIn } from './caller.js';
import * as complianceEvents from './compliance/events.js';
import * as complianceOperations from './compliance/operations.js';
import { contextOperations } from './context/context-operations.js';
import type { EventKind } from './event.js';
import * as identityEvents from './identity/events.js';
import * as identityOperations from './identity/operations.js';
import * as notificationsOperations from './notifications/operations.js';
import { type Operation, serverOf } from './operation.js';
import * as syncEvents from './sync/events.js';
import * as syncOperations from './sync/operations.js';
import * as vaultEvents from './vault/events.js';
import * as vaultOperations from './vault/operations.js';

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'access' in value && 'input' in value && 'output' in value;
}

function isEvent(value: unknown): value is EventKind {
  return typeof value === 'object' && value !== null && 'version' in value && 'schema' in value;
}

/** Every operation of the product, by name. Routes, permissions, documents and the tests that enumerate all of them start here. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    identityOperations,
    vaultOperations,
    syncOperations,
    complianceOperations,
    notificationsOperations,
    ...contextNames.map(contextOperations),
  ]
    .flatMap((group) => Object.values<unknown>(group))
    .filter(isOperation)
    .map((one) => [one.name, one]),
);

/** Every event of the product, by name. */
export const events: ReadonlyMap<string, EventKind> = new Map(
  [identityEvents, vaultEvents, syncEvents, complianceEvents]
    .flatMap((group) => Object.values<unknown>(group))
    .filter(isEvent)
    .map((one) => [one.name, one]),
);

/** The contexts to which secrets are sealed, and which therefore have a key pair of their own for that. */
export const sealedContexts: readonly ContextName[] = [
  ...new Set([...operations.values()].flatMap((one) => one.sealedTo ?? [])),
];

/** The operations that a service answers. */
export function servedBy(service: ServiceName): Operation[] {
  return [...operations.values()].filter((one) => serverOf(one) === service);
}

/** The operations that a service may call: those that name it, and for the gateway also what its routes need. */
export function callableBy(service: ServiceName): Operation[] {
  const all = [...operations.values()];
  const further = all.flatMap(({ http }) => [
    ...(http?.inParts ? [http.inParts.rest] : []),
    ...(http?.bundle ? [http.bundle.rest, http.bundle.sign] : []),
  ]);
  const isRouted = (one: Operation) => one.http !== undefined || further.includes(one);
  return all.filter((one) => servicesIn(one.access).includes(service) || (service === 'gateway' && isRouted(one)));
}
