import type { ContextName, ServiceName } from './caller.js';
import { caseMoved } from './compliance/events.js';
import { type EventKind } from './event.js';
import {
  memberLeft,
  oneTimeSecretRequested,
  organizationClosed,
  securityAlerted,
  staffAccessOpened,
} from './identity/events.js';
import { approvalNeeded, runFailed, schemaDrifted } from './sync/events.js';
import { connectionRevoked, connectionUnhealthy } from './vault/events.js';

/** Which service hears which events. Streams, durable consumers and permissions are made from this table. */
export const subscriptions: Readonly<Partial<Record<ServiceName, readonly EventKind[]>>> = {
  identity: [organizationClosed as EventKind, memberLeft as EventKind],
  vault: [organizationClosed as EventKind],
  sync: [connectionRevoked as EventKind, organizationClosed as EventKind],
  notifications: [
    approvalNeeded as EventKind,
    runFailed as EventKind,
    schemaDrifted as EventKind,
    connectionUnhealthy as EventKind,
    oneTimeSecretRequested as EventKind,
    securityAlerted as EventKind,
    staffAccessOpened as EventKind,
    caseMoved as EventKind,
    organizationClosed as EventKind,
  ],
};

/** The JetStream stream that keeps a context's events. */
export const eventStream = (context: ContextName) => `${context.toUpperCase()}_EVENTS`;

/** The durable consumer of a service for one kind of event. */
export const eventConsumer = (service: ServiceName, kind: EventKind) => `${service}-${kind.name.replaceAll('.', '-')}`;

/** Subject that matches one kind of event of every organization. */
export function eventFilter(kind: EventKind): string {
  const [context, aggregate, verb] = kind.name.split('.');
  return `evt.${context}.v${kind.version}.*.${aggregate}.${verb}`;
}

/** Partitions that wait for a worker: run, partition and fence ids, nothing else. */
export const workQueue = { stream: 'SYNC_WORK', subject: 'work.sync.partition', consumer: 'workers' } as const;

/** `live.<org>.<topic>.<id>`: numbers for those who watch, kept nowhere. */
export const liveSubject = (orgId: string, topic: string, id: string) => `live.${orgId}.${topic}.${id}`;
