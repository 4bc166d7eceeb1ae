import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { categories, probeCatalogue, type ProbeName } from '@millrace/charter';
import { definition as compliance } from '@millrace/compliance';
import { type Caller, createConnection, eraseMe, readBoard, supplyDocument, verifyPromises } from '@millrace/contracts';
import { definition as gateway } from '@millrace/gateway';
import { definition as identity } from '@millrace/identity';
import { type Clock, systemClock } from '@millrace/kernel';
import { definition as notifications } from '@millrace/notifications';
import type { ServiceDefinition } from '@millrace/service';
import { definition as sync } from '@millrace/sync';
import { scratchDirectory, startTestRegion, type TestRegion } from '@millrace/testing';
import { definition as vault } from '@millrace/vault';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { parseDocument } from 'yaml';
import { signUpAndIn, Visitor } from '../e2e/journey.js';

const OPERATOR: Caller = { kind: 'service', name: 'operator' };
const CHARTERS = path.resolve(import.meta.dirname, '../../deploy/charters');

/** What somebody did to the edge of the region. */
export type EdgeSabotage =
  'sets a cookie' | 'drops a header' | 'lets everybody in' | 'rewrites a page' | 'admits a third party';

export interface PromiseRegion {
  readonly region: TestRegion;
  /** Runs the probes of the promises named, or of all, and answers the board. */
  verify(promises?: string[]): ReturnType<typeof board>;
  /** Somebody who may do everything in the cluster changes something behind the services' back. */
  sql(database: string, statement: string): Promise<void>;
  /** The edge misbehaves from now on, or behaves again. */
  edge: { sabotage?: EdgeSabotage };
  owner: Visitor;
  stop(): Promise<void>;
}

async function board(region: TestRegion, promises?: string[]) {
  const client = await region.clientOf('operator');
  await client.call(verifyPromises, promises ? { promises } : {}, OPERATOR);
  return client.call(readBoard, {}, OPERATOR);
}

/** A whole region under a charter, with one person in it. */
export async function startPromiseRegion(
  charter: 'dataflow-xpert' | 'fluxcascade' | 'fluxent',
  { charterFile, clock }: { readonly charterFile?: string; readonly clock?: Clock } = {},
): Promise<PromiseRegion> {
  const edge: PromiseRegion['edge'] = {};
  const definitions = [compliance, identity, vault, sync, notifications, brittle(gateway, edge)];
  const region = await startTestRegion({
    charter,
    clock,
    definitions,
    ...(charterFile ? { config: { charters: [charterFile] } } : {}),
  });
  return {
    region,
    edge,
    owner: await newcomer(region),
    verify: (promises) => board(region, promises),
    stop: () => region.stop(),
    async sql(database, statement) {
      const client = new pg.Client({ connectionString: region.postgres.url(database).reveal() });
      await client.connect();
      await client.query(statement).finally(() => client.end());
    },
  };
}

/** The gateway as it is, behind something that can spoil its answers. */
function brittle(definition: ServiceDefinition, edge: PromiseRegion['edge']): ServiceDefinition {
  const { adapter, configure } = definition.http!;
  return {
    ...definition,
    http: {
      adapter,
      configure: async (app, runtime) => {
        const fastify = app.getHttpAdapter().getInstance() as FastifyInstance;
        await configure(app, runtime);
        fastify.addHook('onSend', async (request, reply, payload) => {
          if (edge.sabotage === 'sets a cookie' && request.url === '/') reply.header('set-cookie', 'visitor=1');
          if (edge.sabotage === 'drops a header') reply.raw.removeHeader('content-security-policy');
          if (edge.sabotage === 'drops a header') reply.removeHeader('content-security-policy');
          if (edge.sabotage === 'lets everybody in' && reply.statusCode === 401) reply.code(200);
          if (edge.sabotage === 'admits a third party')
            reply.raw.setHeader('content-security-policy', "default-src 'self' https://tracker.example");
          if (edge.sabotage === 'rewrites a page' && typeof payload === 'string')
            return payload.replaceAll('days', 'years');
          return payload;
        });
      },
    },
  };
}

async function newcomer(region: TestRegion): Promise<Visitor> {
  const visitor = new Visitor(region.service('gateway').httpUrl!);
  const { required } = region.service('identity').runtime.charter.document.accounts;
  const said = Object.fromEntries(required.filter((field) => field !== 'email').map((field) => [field, 'Test']));
  return signUpAndIn(visitor, region, said);
}

/** Somebody else comes and has themselves erased. Answers who that was. */
export async function eraseSomebody(region: TestRegion): Promise<string> {
  const visitor = await newcomer(region);
  await visitor.call(eraseMe, { password: visitor.password });
  return visitor.userId;
}

/** The operator supplies a document of the charter. */
export async function addDocument(region: TestRegion, documentId: string): Promise<void> {
  const client = await region.clientOf('operator');
  const issuedAt = systemClock.now().toISOString();
  await client.call(supplyDocument, { documentId, digest: 'ab'.repeat(32), issuedAt }, OPERATOR);
}

export async function addConnection(owner: Visitor): Promise<void> {
  await owner.call(createConnection, {
    name: 'warehouse',
    provider: 'postgres',
    config: { host: '127.0.0.1', port: 5432, database: 'warehouse', tls: 'disable' },
    credential: { username: 'reader', password: 'a database password' },
  });
}

const PARAMETERS: { readonly [Name in ProbeName]?: Record<string, unknown> } = {
  'identity.account-fields': { fields: '{accounts.fields}' },
  'data.categories': { allowed: categories.filter((one) => one !== 'preference') },
  'identity.staff-fields': { fields: ['title', 'team'] },
  'vault.ways-in': { connector: 'salesforce', ways: '{connectors.salesforce.auth}' },
  'connector.forgotten': { connector: 'salesforce' },
  'pages.published': { pages: ['privacy', 'cookies', 'sub-processors'] },
  'documents.in-date': { document: 'soc2-report' },
  'cases.clocks': { regime: 'gdpr' },
  'rights.offered': { rights: ['access', 'objection'], within: '{rights.regimes.gdpr.answer}' },
  'export.reach': { rules: ['account', 'pipeline-configuration', 'sync-history'] },
  'erasure.reach': { rules: ['account', 'pipeline-configuration', 'sync-history'] },
  'vault.connection-columns': { allowed: ['provider', 'accountName'] },
  'vault.grant-scopes': { connector: 'salesforce', scopes: '{connectors.salesforce.scopes}' },
  'egress.purposes': { forbidden: ['sale', 'ai_training'] },
  'region.pinned': { regions: '{residency.regions}' },
  'browser.storage-before-choice': { allowed: [] },
  'cookies.registry': { match: 'within' },
  'retention.ceiling': { rule: 'access-log' },
};

/** The promise of {@link charterWithEveryProbe} that a probe proves. */
export const promiseOf = (probe: ProbeName) => `T${Object.keys(probeCatalogue).indexOf(probe) + 1}`;

/** DataFlow-Xpert's charter with one more promise for each probe that there is. Dispose of it after the region. */
export function charterWithEveryProbe(): { readonly file: string } & Disposable {
  const scratch = scratchDirectory();
  const document = parseDocument(readFileSync(path.join(CHARTERS, 'dataflow-xpert.yaml'), 'utf8'));
  for (const probe of Object.keys(probeCatalogue) as ProbeName[]) {
    const promise = {
      id: promiseOf(probe),
      text: `A test asks ${probe}.`,
      enforcedBy: 'This test.',
      evidence: ['probe'],
      probe,
    };
    document.addIn(
      ['promises'],
      document.createNode({ ...promise, ...(PARAMETERS[probe] ? { with: PARAMETERS[probe] } : {}) }),
    );
  }
  const file = path.join(scratch.path, 'every-probe.yaml');
  writeFileSync(file, document.toString({ lineWidth: 0 }));
  return { file, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}
