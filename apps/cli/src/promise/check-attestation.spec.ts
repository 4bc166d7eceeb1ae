import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type Attestation, ATTESTATION_KIND } from '@millrace/contracts';
import { noteSigner, signStatement } from '@millrace/ledger';
import { checkAttestation, instantOf } from './check-attestation.js';

const signer = noteSigner('millrace/fluxent/local', generateKeyPairSync('ed25519').privateKey);
const statement: Attestation = {
  region: 'local',
  charter: 'fluxent',
  version: '2026-01-01',
  charterDigest: 'ab'.repeat(32),
  from: '2026-07-01T00:00:00.000Z',
  until: '2026-10-01T00:00:00.000Z',
  madeAt: '2026-10-02T08:00:00.000Z',
  checkpoint: 'a checkpoint',
  promises: [
    {
      id: 'X1',
      text: 'We do.',
      kept: 'throughout',
      looks: { kept: 368, broken: 0, unproven: 0 },
      firstAt: '2026-07-01T00:00:00.000Z',
      lastAt: '2026-09-30T23:00:00.000Z',
      brokenAt: [],
    },
  ],
};
const note = signStatement(ATTESTATION_KIND, statement, signer);

describe('an attestation on its own', () => {
  it('is read as it was signed, from the note and from what the command printed as JSON', () => {
    expect(checkAttestation(note, `${signer.verifierKey}\n`)).toEqual(statement);
    expect(checkAttestation(JSON.stringify({ attestation: note }), signer.verifierKey)).toEqual(statement);
  });

  it.each([
    ['a changed word', note.replace('We do', 'We did')],
    ['a count made better', note.replace('368', '369')],
    ['no note at all', 'kept throughout, trust us'],
    ['JSON without one', '{}'],
    ['another statement by the same key', signStatement(ATTESTATION_KIND, { kept: 'throughout' }, signer)],
  ])('is refused with %s', (_what, text) => {
    expect(() => checkAttestation(text, signer.verifierKey)).toThrow('not what this key signed');
  });

  it('is refused under another key, and with one that is none', () => {
    const other = noteSigner('millrace/fluxent/local', generateKeyPairSync('ed25519').privateKey).verifierKey;
    expect(() => checkAttestation(note, other)).toThrow('not what this key signed');
    expect(() => checkAttestation(note, 'a key')).toThrow();
  });

  it('is asked for by dates as well as instants', () => {
    expect(instantOf('2026-07-01')).toBe('2026-07-01T00:00:00.000Z');
    expect(() => instantOf('last week')).toThrow();
  });
});
