import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  allows,
  applyPipeline,
  askRight,
  type Caller,
  beginAuthorization,
  claimDomain,
  createConnection,
  finishAuthorization,
  createOrganization,
  createToken,
  eraseMe,
  inviteMember,
  listConnections,
  listSessions,
  type Operation,
  operations,
  pauseWork,
  readPipeline,
  readReceipt,
  readRun,
  renameOrganization,
  setOrganizationKey,
  setProvider,
  servicesIn,
  updateProfile,
} from '@millrace/contracts';
import { newId, Problem, until } from '@millrace/kernel';
import { tenantColumn, toSnake } from '@millrace/privacy';
import { connect, everyService, type Journey, runToEnd, startJourney, type Visitor } from '../e2e/journey.js';

const MARKER = 'organization-a-only';

let journey: Journey;
let ada: Visitor;
let bob: Visitor;
/** What Ada owns, by the names under which operations ask for it. */
let adas: Record<string, unknown>;
let before: unknown;

const withRoute = [...operations.values()].filter((operation) => operation.http);
const signedIn = withRoute.filter(
  (operation) =>
    operation.access.kind === 'self' ||
    operation.access.kind === 'permission' ||
    (operation.access.kind === 'any' && !operation.access.of.some((one) => one.kind === 'public')),
);
const forServices = [...operations.values()].filter((operation) => operation.access.kind === 'service');

beforeAll(async () => {
  journey = await startJourney();
  await journey.customerSql('postgres', 'create database shop');
  await journey.customerSql(
    'shop',
    `create table t (id int primary key, v text); insert into t select i, 'v' || i from generate_series(1, 100) i`,
  );
  [ada, bob] = [await journey.owner(), await journey.owner()];
  const connectionId = await connect(journey, ada, `${MARKER}-connection`, 'shop');
  const name = `${MARKER}-pipeline`;
  const document = {
    version: 1,
    name,
    source: { connection: connectionId },
    target: { connection: connectionId, schema: 'public' },
    streams: [{ from: 'public.t', to: 'copied', key: ['id'], fields: [{ from: 'id' }, { from: 'v' }] }],
    metrics: [{ name: `${MARKER}-metric`, over: 'public.t', values: [{ name: 'n', count: true }] }],
  };
  await ada.call(applyPipeline, { name, document });
  const { runId } = await runToEnd(ada, name);
  const { ledgerEntryId } = await ada.call(readReceipt, { runId });
  const { pauseId } = await ada.call(pauseWork, { scope: 'pipeline', target: name });
  const { invitationId } = await ada.call(inviteMember, { email: 'guest@example.com', role: 'viewer' });
  const { caseId } = await ada.call(askRight, { right: 'objection', text: `${MARKER}-letter` });
  const { tokenId } = await ada.call(createToken, { name: MARKER, scopes: ['runs.read'], expiresInDays: 1 });
  adas = {
    connectionId,
    name,
    document,
    runId,
    entryId: ledgerEntryId,
    notificationId: runId,
    pauseId,
    caseId,
    right: 'objection',
    stream: 'public.t',
    metric: `${MARKER}-metric`,
    scope: 'connection',
    target: connectionId,
    publicKey: 'A'.repeat(43),
    sessionId: (await ada.call(listSessions)).sessions[0]!.sessionId,
    email: 'intruder@example.com',
    userId: ada.userId,
    orgId: ada.orgId,
    role: 'viewer',
    invitationId,
    tokenId,
    passkeyId: tokenId,
    requireSecondFactor: false,
    memberDomains: [],
    credential: { id: 'unknown' },
    scopes: ['runs.read'],
    expiresInDays: 1,
    token: 'A'.repeat(43),
    domain: 'acme.example',
  };
  await ada.call(claimDomain, { domain: 'acme.example' });
  before = await stateOf(ada);
}, 120_000);
afterAll(() => journey?.stop());

async function stateOf(visitor: Visitor) {
  const { connections } = await visitor.call(listConnections);
  return {
    connections,
    pipeline: await visitor.call(readPipeline, { name: adas['name'] as string }),
    run: await visitor.call(readRun, { runId: adas['runId'] as string }),
  };
}

/** An input that names Ada's things wherever the operation asks for some. */
function inputFor(operation: Operation): Record<string, unknown> {
  const shape = (operation.input as { shape?: Record<string, unknown> }).shape ?? {};
  const known: Record<string, unknown> = {
    ...adas,
    password: 'not the password',
    present: 'nor this',
    code: '123456',
    text: 'bobs words',
    limit: 200,
  };
  if (operation.name === updateProfile.name) return { jobTitle: 'Intruder' };
  if (operation.name === createToken.name) return { name: 'bobs', scopes: ['runs.read'], expiresInDays: 1 };
  if (operation.name === createOrganization.name || operation.name === renameOrganization.name)
    return { name: 'bobs own' };
  // An address that answers and is no identity provider.
  if (operation.name === setProvider.name)
    return { issuer: journey.origin, clientId: 'bobs', isRequired: false, secondFactor: { amr: [], acr: [] } };
  if (operation.name === setOrganizationKey.name)
    return {
      // Not over TLS, which is refused.
      address: 'http://keys.example',
      mount: 'transit',
      keyName: 'bobs',
      loginMount: 'approle',
      roleId: 'bobs',
      secretId: 'bobs',
    };
  if (operation.name === beginAuthorization.name) return { name: 'bobs', provider: 'jira', config: {} };
  if (operation.name === finishAuthorization.name)
    return { provider: 'jira', answer: `code=stolen&state=${'A'.repeat(43)}` };
  if (operation.name === createConnection.name)
    return {
      name: 'bobs',
      provider: 'postgres',
      config: { host: '127.0.0.1', port: 1, database: 'x', tls: 'disable' },
      credential: { username: 'u', password: 'p' },
    };
  return Object.fromEntries(Object.keys(shape).flatMap((key) => (key in known ? [[key, known[key]]] : [])));
}

describe('another organization', () => {
  it('knows every operation that has a route', () => {
    expect(signedIn.length).toBeGreaterThan(20);
    expect(forServices.length).toBeGreaterThan(20);
  });

  it.each(signedIn.map((operation) => [operation.name, operation] as const))(
    'gets nothing of ours from %s',
    async (_name, operation) => {
      const answer = await bob.send(operation, inputFor(operation) as never);
      if (operation.http!.session === 'end' && answer.status < 300) bob = await journey.owner();
      const text = JSON.stringify(answer.body);
      for (const secret of [
        MARKER,
        ada.orgId,
        ada.userId,
        ada.email,
        adas['connectionId'],
        adas['runId'],
        adas['caseId'],
        adas['sessionId'],
        adas['invitationId'],
        adas['tokenId'],
      ]) {
        expect(text.includes(String(secret)) ? text : 'nothing').toBe('nothing');
      }
      expect(
        [200, 201, 202, 403, 404, 409, 422, 429].includes(answer.status) ? 'expected' : `${answer.status} ${text}`,
      ).toBe('expected');
    },
  );

  it.each(signedIn.map((operation) => [operation.name, operation] as const))(
    'is not needed: %s refuses a visitor who is not signed in',
    async (_name, operation) => {
      const answer = await journey.visitor().send(operation, inputFor(operation) as never);
      expect(answer).toMatchObject({ status: 401, body: { code: 'kernel.not-signed-in' } });
    },
  );

  it.each(forServices.map((operation) => [operation.name, operation] as const))(
    'cannot reach %s, which is for services',
    async (_name, operation) => {
      const user: Caller = {
        kind: 'user',
        userId: bob.userId,
        orgId: bob.orgId,
        roles: ['owner'],
        sessionId: bob.userId,
      };
      const mayPublish = servicesIn(operation.access).includes('gateway');
      const outcome = await journey.region.gatewayCall(operation, inputFor(operation) as never, user).then(
        () => 'answered',
        (error: unknown) => (error instanceof Problem ? error.code : (error as Error).message),
      );
      expect(outcome).toMatch(
        mayPublish ? /kernel\.(forbidden|invalid-input)/ : /Permissions Violation|kernel\.invalid-input/,
      );
    },
  );

  it('has changed nothing of ours', async () => {
    expect(await stateOf(ada)).toEqual(before);
    const refused = await ada.send(eraseMe, { password: 'not the password' });
    expect(refused).toMatchObject({ status: 403, body: { code: 'identity.password-needed' } });
  });
});

describe('one of the staff', () => {
  const onceOpen = withRoute.filter(({ access }) => allows(access, staffWith({ accessId: 'a', orgId: 'o' })));
  const closedOtherwise = onceOpen.filter(({ access }) => !allows(access, staffWith(undefined)));
  const answerOf = async (operation: Operation, caller: Caller) =>
    journey.region.gatewayCall(operation, inputFor(operation) as never, caller).then(
      (answer: unknown) => JSON.stringify(answer),
      (error: unknown) => (error instanceof Problem ? error.code : String(error)),
    );

  function staffWith(access: { accessId: string; orgId: string } | undefined): Caller {
    const [staffId, sessionId] = [newId(), newId()];
    const confirmedAt = new Date().toISOString();
    return { kind: 'staff', staffId, sessionId, roles: ['support'], confirmedAt, ...(access ? { access } : {}) };
  }

  it('may only read where a customer is open to them, in every service that has something of theirs', () => {
    expect(new Set(closedOtherwise.map(({ name }) => name.split('.')[0]))).toEqual(
      new Set(['identity', 'vault', 'sync']),
    );
    expect(closedOtherwise.filter(({ http }) => http!.method !== 'GET').map(({ name }) => name)).toEqual([]);
  });

  it.each(closedOtherwise.map((operation) => [operation.name, operation] as const))(
    'reads %s of a customer that is open to them, under a note in that customer’s ledger, and of nobody else',
    async (name, operation) => {
      expect(await answerOf(operation, staffWith(undefined))).toBe('kernel.forbidden');
      const accessId = newId();
      const ours = await answerOf(operation, staffWith({ accessId, orgId: ada.orgId }));
      expect(ours).toMatch(new RegExp(`${MARKER}|${ada.orgId}|${ada.userId}`));
      const theirs = await answerOf(operation, staffWith({ accessId: newId(), orgId: bob.orgId }));
      expect(theirs).not.toContain(MARKER);
      const noted = await until(`the note of ${name}`, 15_000, async () => {
        const rows = await journey.platformSql<{ leaf: string }>(
          'compliance',
          `select convert_from(leaf, 'UTF8') as leaf from ledger_leaf where event = 'staff-access.used' and convert_from(leaf, 'UTF8') like '%' || $1 || '%'`,
          [accessId],
        );
        return rows[0];
      });
      expect(JSON.parse(noted.leaf)).toMatchObject({ orgId: ada.orgId, details: { operation: name } });
    },
  );
});

describe.each(everyService.map((one) => [one.name, one] as const))('the app role of %s', (name, definition) => {
  const tenantTables = definition.tables.filter(
    (one) => tenantColumn(one) !== undefined && one.options.guards.length > 0,
  );

  it('sees no tenant row without a scope, and none of Ada’s in Bob’s', async () => {
    const { database } = journey.region.service(name);
    let rowsOfAda = 0;
    for (const one of tenantTables) {
      const column = toSnake(tenantColumn(one)!);
      const [all] = await journey.platformSql<{ n: number }>(
        name,
        `select count(*)::int as n from ${one.name} where ${column} = $1`,
        [ada.orgId],
      );
      rowsOfAda += all!.n;
      const seen = (scope: object) =>
        database.scoped(scope, { kind: 'public' }, (tx) =>
          tx.query(`select 1 from ${one.name} where ${column} = $1`, [ada.orgId]),
        );
      expect(await seen({})).toEqual([]);
      expect(await seen({ orgId: bob.orgId, subject: bob.userId })).toEqual([]);
    }
    if (['identity', 'vault', 'sync'].includes(name)) expect(rowsOfAda).toBeGreaterThan(0);
  });

  it('cannot write a row for another organization', async () => {
    const { database } = journey.region.service(name);
    for (const one of tenantTables) {
      const column = toSnake(tenantColumn(one)!);
      const attempt = database.scoped({ orgId: bob.orgId, subject: bob.userId }, { kind: 'public' }, (tx) =>
        tx.query(`update ${one.name} set ${column} = $1 where ${column} = $2 returning 1`, [bob.orgId, ada.orgId]),
      );
      expect(
        await attempt.catch((error: { driverError?: { code?: string } }) =>
          error.driverError?.code === '42501' ? [] : [error],
        ),
      ).toEqual([]);
    }
  });
});

it('finds the audit entries of what happened in the ledger, not in the outboxes', async () => {
  for (const { name } of everyService) {
    await until(`an empty audit outbox of ${name}`, 15_000, async () => {
      const [row] = await journey.platformSql<{ n: number }>(name, 'select count(*)::int as n from audit_outbox');
      return row!.n === 0;
    });
  }
});
