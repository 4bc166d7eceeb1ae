import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Caller, type Input, listDocuments, supplyDocument } from '@millrace/contracts';
import { addDuration, MovableClock, newId, Problem } from '@millrace/kernel';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { definition } from '../index.js';

const OPERATOR: Caller = { kind: 'service', name: 'operator' };
const DIGEST = 'ab'.repeat(32);
const clock = new MovableClock(new Date('2026-11-01T12:00:00Z'));
const OFFICER: Extract<Caller, { kind: 'staff' }> = {
  kind: 'staff',
  staffId: newId(),
  sessionId: newId(),
  roles: ['officer'],
  confirmedAt: clock.now().toISOString(),
};
let region: TestRegion;

beforeAll(async () => {
  region = await startTestRegion({ definitions: [definition], clock });
}, 60_000);
afterAll(() => region?.stop());

const supply = async (change: Partial<Input<typeof supplyDocument>> = {}) =>
  (await region.clientOf('operator')).call(
    supplyDocument,
    { documentId: 'soc2-report', digest: DIGEST, issuedAt: '2026-05-01T00:00:00.000Z', ...change },
    OPERATOR,
  );
const report = async (documentId = 'soc2-report') => {
  const { documents } = await (await region.clientOf('operator')).call(listDocuments, {}, OPERATOR);
  return documents.find((one) => one.documentId === documentId);
};
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no problem',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );

describe('a document that the charter rests on', () => {
  it('is missing until it is supplied', async () => {
    expect(await report()).toEqual({
      documentId: 'soc2-report',
      title: 'SOC 2 Type II report',
      state: 'missing',
    });
  });

  it('holds from its issue for as long as the charter lets it, or until its own end', async () => {
    expect(await supply()).toMatchObject({ state: 'in-date', expiresAt: '2027-05-01T00:00:00.000Z', digest: DIGEST });
    expect(await supply({ documentId: 'penetration-test', expiresAt: '2026-11-20T00:00:00.000Z' })).toMatchObject({
      state: 'due-soon',
      expiresAt: '2026-11-20T00:00:00.000Z',
    });
    expect(await supply({ documentId: 'balancing-analytics' })).not.toHaveProperty('expiresAt');
  });

  it('is the one that holds longest, whatever was supplied last', async () => {
    await supply({ issuedAt: '2026-02-01T00:00:00.000Z', digest: 'cd'.repeat(32) });
    expect(await report()).toMatchObject({ digest: DIGEST, expiresAt: '2027-05-01T00:00:00.000Z' });
  });

  it('is refused when it does not hold now, or the charter knows nothing of it', async () => {
    expect(await codeOf(supply({ issuedAt: '2025-10-01T00:00:00.000Z' }))).toBe('compliance.document-out-of-date');
    expect(await codeOf(supply({ expiresAt: clock.now().toISOString() }))).toBe('compliance.document-out-of-date');
    const tomorrow = addDuration(clock.now(), 'P1D').toISOString();
    expect(await codeOf(supply({ issuedAt: tomorrow }))).toBe('compliance.document-out-of-date');
    expect(await codeOf(supply({ documentId: 'privacy' }))).toBe('kernel.not-found');
    expect(await codeOf(supply({ digest: 'ab' }))).toBe('kernel.invalid-input');
  });

  it('is supplied by officers, who are named with it, and by nobody else', async () => {
    await region.gatewayCall(
      supplyDocument,
      { documentId: 'incident-plan', digest: DIGEST, issuedAt: '2026-10-01T00:00:00.000Z' },
      OFFICER,
    );
    const rows = await region
      .service('compliance')
      .database.region({ kind: 'service' }, (tx) =>
        tx.query(`select supplied_by as "by" from supplied_document where document_id = 'incident-plan'`),
      );
    expect(rows).toEqual([{ by: OFFICER.staffId }]);
    expect(await codeOf(region.gatewayCall(listDocuments, {}, { ...OFFICER, roles: ['support'] }))).toBe(
      'kernel.forbidden',
    );
    expect(await codeOf(region.gatewayCall(listDocuments, {}, { kind: 'public' }))).not.toBe('no problem');
  });

  it('runs out with its time', async () => {
    clock.advance(200 * 86_400_000);
    expect(await report()).toMatchObject({ state: 'expired' });
  });
});
