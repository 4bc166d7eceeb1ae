import { describe, expect, it } from '@jest/globals';
import {
  type ConnectorDefinition,
  type ReadRequest,
  type Session,
  type Slab,
  type Writer,
} from '@millrace/connector-sdk';
import { type Capability, conformance, fileSandbox } from '@millrace/connector-sdk/conformance';
import { csv } from './csv.connector.js';
import { csvLook } from './csv-look.fixture.js';

const CAPABILITIES: Capability[] = [
  'source',
  'target',
  'own-order',
  'append',
  'replace',
  'closed-modes',
  'grows',
  'rewrites',
];

/** A change that makes a good session bad. */
type Sabotage = (session: Session) => Partial<Session>;

/** The connector with every session spoilt. */
function spoilt(sabotage: Sabotage): ConnectorDefinition<unknown, unknown> {
  const open = async (...given: Parameters<typeof csv.open>) => {
    const session = await csv.open(...given);
    const rest = ['check', 'discover', 'estimate', 'lastKey', 'read', 'write', 'revoke', 'close'] as const;
    const bound = Object.fromEntries(rest.map((verb) => [verb, (session[verb] as () => unknown).bind(session)]));
    return { ...bound, ...sabotage(session) } as unknown as Session;
  };
  return { ...csv, open } as unknown as ConnectorDefinition<unknown, unknown>;
}

async function* endless(session: Session, request: ReadRequest) {
  const never = new AbortController().signal;
  yield* session.read({ ...request, signal: never });
}

const writerWith =
  (change: (writer: Writer) => Partial<Writer>): Sabotage =>
  (session) => ({
    write: async (request) => {
      const writer = await session.write(request);
      const { window, committed } = writer;
      const whole: Writer = {
        window,
        ...(committed ? { committed } : {}),
        apply: (batch, mark) => writer.apply(batch, mark),
        close: () => writer.close(),
        abort: () => writer.abort(),
      };
      return { ...whole, ...change(writer) };
    },
  });

/** Each with one of the behaviours that must turn red. */
const SABOTAGES: readonly (readonly [what: string, red: string, sabotage: Sabotage])[] = [
  [
    'forgets the last record of a batch',
    'finds the place behind every batch of its own order again',
    (session) => ({
      read: async function* (request) {
        for await (const one of session.read(request)) {
          (one.batch as Slab).rowCount--;
          yield one;
        }
      },
    }),
  ],
  [
    'does not hear that it is cancelled',
    'stops a cancelled read at once and leaves no connection behind',
    (session) => ({ read: (request) => endless(session, request) }),
  ],
  [
    'says of every field that it is never null',
    'never says of a field that it has no null when it has',
    (session) => ({
      discover: async (request) => {
        const { streams, ...rest } = await session.discover(request);
        const never = streams.map((one) => ({
          ...one,
          fields: one.fields.map((field) => ({ ...field, nullable: false })),
        }));
        return { ...rest, streams: never };
      },
    }),
  ],
  [
    'ignores where to go on',
    'keeps a place while the stream grows, and reads what came since',
    (session) => ({ read: (request) => session.read({ ...request, partition: { ...request.partition, bounds: {} } }) }),
  ],
  [
    'ignores a filter',
    'refuses a filter that it cannot keep, rather than read too much',
    (session) => ({ read: (request) => session.read({ ...request, partition: { ...request.partition, filter: [] } }) }),
  ],
  [
    'lets a record of any size through',
    'refuses a record beyond the limit, and only then',
    (session) => ({
      read: (request) => session.read({ ...request, limits: { ...request.limits, maxRecordBytes: 1e9 } }),
    }),
  ],
  [
    'writes every batch twice',
    'appends behind what is there, also from another write',
    writerWith((writer) => ({
      apply: async (batch, mark) => (await writer.apply(batch, mark), writer.apply(batch, mark)),
    })),
  ],
  [
    'does not know how far it came',
    'tells by its mark how far an interrupted append came, and appends no batch twice',
    (session) => ({
      write: (request) => session.write({ ...request, writeId: `${request.writeId} ${request.attempt}` }),
    }),
  ],
  [
    'shows a replacement as it is written',
    'shows a replacement in one step, at its end',
    (session) => ({
      write: (request) => session.write({ ...request, mode: request.mode === 'replace' ? 'append' : request.mode }),
    }),
  ],
  [
    'takes every mode',
    'refuses every mode that it does not declare',
    (session) => ({ write: (request) => session.write({ ...request, mode: 'append' }) }),
  ],
];

describe('the acceptance of connectors', () => {
  it.each(SABOTAGES)('turns red for a connector that %s', async (_what, red, sabotage) => {
    const { applied } = conformance(CAPABILITIES, () => fileSandbox(spoilt(sabotage), csvLook));
    const behaviour = applied.find(({ name }) => name === red)!;
    await expect(behaviour.run()).rejects.toThrow();
  });
});
