import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Attestation,
  ATTESTATION_KIND,
  attestPromises,
  auditLedger,
  type Caller,
  readBoard,
  readCharter,
  readLedgerKey,
  verifyPromises,
} from '@millrace/contracts';
import { addDuration, MovableClock, until as waitFor } from '@millrace/kernel';
import { parseVerifierKey, readStatement } from '@millrace/ledger';
import type { EvidenceReader } from '@millrace/service';
import { startTestRegion, type TestRegion } from '@millrace/testing';
import { smallRegion } from '../small-region.fixture.js';

const OPERATOR: Caller = { kind: 'service', name: 'operator' };
const clock = new MovableClock();
const HOUR_MS = 3_600_000;
let region: TestRegion;
/** What identity was asked to look for, each time. */
const asked: string[] = [];
let weak = 0;

beforeAll(async () => {
  const passwords = async () => ({ accounts: 3, weak });
  const purposes: EvidenceReader = async ({ parameters }) => {
    asked.push(JSON.stringify(parameters['forbidden']));
    return { purposes: [], violations: [] };
  };
  region = await startTestRegion({
    clock,
    definitions: smallRegion({ identity: { 'password-hashes': passwords, 'egress.purposes': purposes } }),
  });
}, 120_000);
afterAll(() => region?.stop());

const board = () => region.gatewayCall(readBoard, {}, { kind: 'public' });
const verify = async (promises?: string[]) => {
  clock.advance(1_000);
  return (await region.clientOf('operator')).call(verifyPromises, promises ? { promises } : {}, OPERATOR);
};
const promise = async (id: string) => (await board()).promises.find((one) => one.id === id)!;
const compliance = <T>(sql: string) =>
  region.service('compliance').database.region({ kind: 'service' }, (tx) => tx.query<T>(sql));

/** bcrypt, cost 12. */
const PASSWORDS = 'D5';

describe('the promise board', () => {
  it('takes nothing for kept before a probe has run', async () => {
    const { counts, promises } = await board();
    expect(counts).toMatchObject({ kept: 0, broken: 0, stale: 0, unproven: promises.length });
    expect(promises.length).toBeGreaterThan(80);
  });

  it('shows what the probes found, each with its evidence, and asks each question once', async () => {
    const { promises, counts } = await verify();
    expect(promises.find((one) => one.id === PASSWORDS)).toMatchObject({
      state: 'kept',
      probe: 'identity.password-hashes',
      evidence: { accounts: 3, weak: 0 },
      evidenceAt: clock.now().toISOString(),
    });
    const lists = promises.flatMap((one) =>
      one.probe === 'egress.purposes' ? [JSON.stringify((one.evidence as { forbidden: unknown }).forbidden)] : [],
    );
    expect(lists.length).toBeGreaterThan(1);
    expect(asked).toEqual(expect.arrayContaining(lists));
    expect(new Set(asked).size).toBe(asked.length);
    expect(counts.kept + counts.broken + counts.unproven).toBe(promises.length);
    expect(
      promises.filter((one) => !one.probe).every((one) => one.state === 'unproven' && one.reason.length > 20),
    ).toBe(true);
  });

  it('turns broken with the fact, and a service that does not answer makes unproven, never kept', async () => {
    weak = 2;
    await verify([PASSWORDS]);
    expect(await promise(PASSWORDS)).toMatchObject({
      state: 'broken',
      reason: '2 of 3 password hashes are not bcrypt of cost 12 or more',
    });
    weak = 0;
    await verify([PASSWORDS]);
    expect((await promise(PASSWORDS)).state).toBe('kept');
    const credentials = (await board()).promises.find((one) => one.probe === 'vault.ciphertexts-aes256')!;
    expect(credentials).toMatchObject({
      state: 'unproven',
      reason: 'vault could not answer “ciphertexts” (kernel.not-found).',
    });
    await region.service('identity').stop();
    await verify([PASSWORDS]);
    expect(await promise(PASSWORDS)).toMatchObject({ state: 'unproven', reason: 'identity did not answer.' });
  });

  it('writes the digest of each verification, and of the charter, into the ledger', async () => {
    const { digest, policy } = await region.gatewayCall(readCharter, {}, { kind: 'public' });
    expect(policy).toContain('Privacy policy');
    const events = await waitFor('the entries', 30_000, async () => {
      const rows = await compliance<{ event: string; leaf: Buffer }>(
        `select event, leaf from ledger_leaf where event in ('charter.effective', 'promise.probed', 'promises.verified')`,
      );
      return rows.length >= 9
        ? rows.map((row) => ({
            event: row.event,
            details: (JSON.parse(row.leaf.toString()) as { details: Record<string, unknown> }).details,
          }))
        : undefined;
    });
    expect(events.filter((one) => one.event === 'charter.effective').map((one) => one.details['digest'])).toEqual([
      digest,
    ]);
    expect(events.filter((one) => one.event === 'promise.probed')).toHaveLength(4);
    expect(events.find((one) => one.event === 'promise.probed')!.details).toMatchObject({
      charterDigest: digest,
      findingsDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await (await region.clientOf('operator')).call(auditLedger, {}, OPERATOR)).findings).toEqual([]);
  });

  it('states under signature how the promises stood over a period, which can be checked without the region', async () => {
    const { text: key } = await region.gatewayCall(readLedgerKey, {}, { kind: 'public' });
    clock.advance(1_000);
    const until = clock.now();
    const operator = await region.clientOf('operator');
    const attest = async (from: Date, to: Date) => {
      const period = { from: from.toISOString(), until: to.toISOString() };
      const { attestation } = await operator.call(attestPromises, period, OPERATOR);
      return attestation;
    };
    const note = await attest(addDuration(until, 'P1D', -1), until);
    const stated = Attestation.parse(readStatement(ATTESTATION_KIND, note, parseVerifierKey(key.trim())));
    expect(stated.charterDigest).toBe((await region.gatewayCall(readCharter, {}, { kind: 'public' })).digest);
    const passwords = stated.promises.find(({ id }) => id === PASSWORDS)!;
    expect(passwords).toMatchObject({ kept: 'not-throughout', looks: { kept: 2, broken: 1, unproven: 1 } });
    expect(passwords.brokenAt).toHaveLength(1);
    expect(stated.promises.filter(({ kept }) => kept === 'throughout')).toEqual([]);
    // The first look came when the period had begun: nothing is known of its beginning.
    const looked = stated.promises.find(({ kept }) => kept === 'when-looked-at')!;
    const later = Attestation.parse(
      readStatement(ATTESTATION_KIND, await attest(new Date(looked.firstAt!), until), parseVerifierKey(key.trim())),
    );
    expect(later.promises.find(({ id }) => id === looked.id)).toMatchObject({ kept: 'throughout' });
    expect(() =>
      readStatement(ATTESTATION_KIND, note.replace('not-throughout', 'throughout'), parseVerifierKey(key.trim())),
    ).toThrow('wrong');
    for (const [from, to] of [
      [until, until],
      [until, addDuration(until, 'P1D')],
      [addDuration(until, 'P401D', -1), until],
    ] as const)
      await expect(attest(from, to)).rejects.toMatchObject({ code: 'compliance.period-not-attested' });
  });

  it('lets old evidence turn stale', async () => {
    const fresh = (await board()).promises.find((one) => one.state === 'kept')!;
    clock.advance(40 * 24 * HOUR_MS);
    expect((await promise(fresh.id)).state).toBe('stale');
  });
});
