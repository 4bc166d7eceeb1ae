import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MovableClock, newId } from '@millrace/kernel';
import {
  addSignature,
  buildProofBundle,
  commitEntry,
  cosigner,
  formatCheckpoint,
  nodeHash,
  noteSigner,
  signNote,
} from '@millrace/ledger';
import { checkConsistency, checkProof } from './check-proof.js';

const log = noteSigner('example.org/eu', generateKeyPairSync('ed25519').privateKey);
const other = noteSigner('example.org/eu', generateKeyPairSync('ed25519').privateKey);
const witness = cosigner('example.org/us', generateKeyPairSync('ed25519').privateKey, new MovableClock());
const { leafBytes, leafHash } = commitEntry({
  id: newId(),
  event: 'run.finished',
  at: '2026-11-22T10:00:00.000Z',
  region: 'eu-west',
  source: 'sync',
  sourceNumber: 1,
  actor: 'service',
  outcome: 'success',
  details: {},
});
const note = signNote(formatCheckpoint({ origin: 'example.org/eu', size: 1, root: leafHash }), [log]);
const bundleWith = (checkpointNote: string) => buildProofBundle({ leafBytes, index: 0, proof: [], checkpointNote });
const bundle = bundleWith(note);

describe('checking a proof without a region', () => {
  it('takes the bundle of the API and what the command printed', () => {
    expect(checkProof(JSON.stringify(bundle), log.verifierKey).ok).toBe(true);
    const printed = { proof: bundle, key: other.verifierKey, verified: true };
    expect(checkProof(JSON.stringify(printed), `${log.verifierKey}\n`).ok).toBe(true);
  });

  it('believes no key that comes with the proof', () => {
    const printed = { proof: bundle, key: log.verifierKey, verified: true };
    expect(checkProof(JSON.stringify(printed), other.verifierKey)).toEqual({ ok: false, reason: 'note-not-signed' });
  });

  it('refuses a proof that a demanded cosigner did not sign', () => {
    const cosigned = JSON.stringify(bundleWith(addSignature(note, witness)));
    expect(checkProof(cosigned, log.verifierKey, [witness.verifierKey])).toMatchObject({
      ok: true,
      cosignedBy: ['example.org/us'],
    });
    expect(checkProof(JSON.stringify(bundle), log.verifierKey, [witness.verifierKey])).toEqual({
      ok: false,
      reason: 'note-not-signed',
    });
  });

  it('says so when the file holds something else', () => {
    expect(checkProof('{}', log.verifierKey)).toEqual({ ok: false, reason: 'bundle-malformed' });
    expect(() => checkProof('no JSON', log.verifierKey)).toThrow('not JSON');
  });
});

describe('checking that a ledger continues', () => {
  const added = nodeHash(leafHash, leafHash);
  const later = signNote(formatCheckpoint({ origin: 'example.org/eu', size: 2, root: added }), [log]);
  const proved = { proof: [leafHash.toString('base64')], checkpoint: later };

  it('finds that the earlier tree is the start of the later one', () => {
    expect(checkConsistency(note, proved, log.verifierKey)).toEqual({ holds: true, oldSize: 1, newSize: 2 });
  });

  it('finds a rewritten one, and takes no checkpoint of another key', () => {
    const root = nodeHash(added, added);
    const rewritten = signNote(formatCheckpoint({ origin: 'example.org/eu', size: 2, root }), [log]);
    expect(checkConsistency(note, { ...proved, checkpoint: rewritten }, log.verifierKey).holds).toBe(false);
    expect(checkConsistency(later, { proof: [], checkpoint: note }, log.verifierKey).holds).toBe(false);
    expect(() => checkConsistency(note, proved, other.verifierKey)).toThrow('None of the given keys');
  });
});
