import {
  callableBy,
  type ContextName,
  contextNames,
  eventConsumer,
  eventStream,
  servedBy,
  type ServiceName,
  serviceNames,
  subjectOf,
  subscriptions,
  workQueue,
} from '@millrace/contracts';

export interface NatsPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** What a service may publish and hear: the operations that name it, its own events, its own consumers; nothing else. */
export function natsPermissions(service: ServiceName): NatsPermissions {
  const isContext = (contextNames as readonly string[]).includes(service);
  const consumed = (subscriptions[service] ?? []).map((kind) => ({
    stream: eventStream(kind.name.split('.')[0] as ContextName),
    consumer: eventConsumer(service, kind),
  }));
  const worked = service === 'sync-worker' ? [{ stream: workQueue.stream, consumer: workQueue.consumer }] : [];
  return {
    publish: [
      ...callableBy(service).map(subjectOf),
      ...(isContext ? [`evt.${service}.>`] : []),
      ...(service === 'sync' ? ['live.>', workQueue.subject, `$JS.API.STREAM.INFO.${workQueue.stream}`] : []),
      ...[...consumed, ...worked].flatMap(({ stream, consumer }) => [
        `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
        `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
        `$JS.ACK.${stream}.${consumer}.>`,
      ]),
    ],
    subscribe: [
      `_INBOX.${service}.>`,
      ...servedBy(service).map(subjectOf),
      ...(service === 'gateway' ? ['live.>'] : []),
    ],
  };
}

export interface NatsUser {
  readonly user: ServiceName | 'migrator';
  /** A bcrypt hash, or the password itself where the file is readable by nobody else. */
  readonly password: string;
}

/** The `authorization` block of the server's configuration, made from the declarations. The migrator may manage streams. */
export function natsAuthorization(users: readonly NatsUser[]): string {
  const list = (subjects: readonly string[]) => `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
  const entries = users.map(({ user, password }) => {
    const { publish, subscribe } =
      user === 'migrator' ? { publish: ['$JS.API.>'], subscribe: ['_INBOX.migrator.>'] } : natsPermissions(user);
    return `    {
      user: ${JSON.stringify(user)}, password: ${JSON.stringify(password)}
      permissions: { publish: { allow: ${list(publish)} }, subscribe: { allow: ${list(subscribe)} }, allow_responses: { max: 1, expires: "2m" } }
    }`;
  });
  return `authorization {\n  users: [\n${entries.join('\n')}\n  ]\n}\n`;
}

/** Every user that a region's NATS server knows. */
export const natsUsers: readonly NatsUser['user'][] = [...serviceNames, 'migrator'];
