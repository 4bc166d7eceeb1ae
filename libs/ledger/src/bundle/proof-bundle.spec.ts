import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MovableClock, newId } from '@millrace/kernel';
import { commitEntry } from '../entry/leaf.js';
import { formatCheckpoint } from '../note/checkpoint.js';
import { cosigner } from '../note/cosigner.js';
import { addSignature, signNote } from '../note/note.js';
import { noteSigner } from '../note/note-key.js';
import { MerkleAccumulator } from '../tree/merkle-accumulator.js';
import { inclusionProof } from '../tree/prove.js';
import { leafHash } from '../tree/tree-hash.js';
import { MemoryTree } from '../tree/tree-reader.js';
import { buildProofBundle, type ProofBundle, verifyPersonal, verifyProofBundle } from './proof-bundle.js';
import { PROOF_BUNDLE_SCHEMA } from './proof-bundle-schema.js';

const ORIGIN = 'example.org/ledger/eu-west';
const signer = noteSigner(ORIGIN, generateKeyPairSync('ed25519').privateKey);
const witness = cosigner('example.org/us-east', generateKeyPairSync('ed25519').privateKey, new MovableClock());
const key = signer.verifierKey;

const committed = commitEntry(
  {
    id: newId(),
    event: 'sync.run.finished',
    at: '2026-11-22T10:00:00.000Z',
    region: 'eu-west',
    source: 'sync',
    sourceNumber: 4,
    actor: 'service',
    outcome: 'success',
    details: { rows: 42_049 },
  },
  { startedBy: 'jane@example.org' },
);

async function bundleOf(leafBytes: Buffer = committed.leafBytes, origin = ORIGIN): Promise<ProofBundle> {
  const [tree, accumulator] = [new MemoryTree(), new MerkleAccumulator()];
  for (let index = 0; index < 7; index++) {
    tree.add(accumulator.append(index === 3 ? leafHash(leafBytes) : leafHash(Buffer.from([index]))));
  }
  const text = formatCheckpoint({ origin, size: 7, root: accumulator.root() });
  const proof = await inclusionProof(tree, 3, 7);
  return buildProofBundle({ leafBytes, index: 3, proof, checkpointNote: signNote(text, [signer]) });
}

describe('a proof bundle', () => {
  it('proves its entry to whoever has the key string, after a trip through JSON', async () => {
    const bundle: unknown = JSON.parse(JSON.stringify(await bundleOf()));
    const verdict = verifyProofBundle(bundle, key);
    expect(verdict).toMatchObject({ ok: true, entry: committed.entry, checkpoint: { origin: ORIGIN, size: 7 } });
  });

  it('names the cosigners that signed too, and is refused when one of them is wrong', async () => {
    const bundle = await bundleOf();
    const cosigned = { ...bundle, checkpoint: addSignature(bundle.checkpoint, witness) };
    expect(verifyProofBundle(cosigned, key, [witness.verifierKey])).toMatchObject({
      ok: true,
      cosignedBy: ['example.org/us-east'],
    });
    expect(verifyProofBundle(bundle, key, [witness.verifierKey])).toMatchObject({ ok: true, cosignedBy: [] });
    const wrong = {
      ...bundle,
      checkpoint: addSignature(bundle.checkpoint, { ...witness, sign: () => Buffer.alloc(72) }),
    };
    expect(verifyProofBundle(wrong, key, [witness.verifierKey])).toEqual({ ok: false, reason: 'note-not-signed' });
  });

  it('proves nothing when only a cosigner signed', async () => {
    const bundle = await bundleOf();
    const text = formatCheckpoint({ origin: ORIGIN, size: 7, root: Buffer.alloc(32) });
    const only = { ...bundle, checkpoint: signNote(text, [witness]) };
    expect(verifyProofBundle(only, key, [witness.verifierKey])).toEqual({ ok: false, reason: 'note-not-signed' });
  });

  it('says why it is refused', async () => {
    const bundle = await bundleOf();
    const stranger = noteSigner(ORIGIN, generateKeyPairSync('ed25519').privateKey).verifierKey;
    const otherLeaf = commitEntry({ ...committed.entry, outcome: 'failure' }).leafBytes.toString('base64');
    const reasons: [unknown, string, string][] = [
      [bundle, stranger, 'note-not-signed'],
      [bundle, 'nonsense', 'key-malformed'],
      [{ ...bundle, leaf: otherLeaf }, key, 'inclusion-refused'],
      [{ ...bundle, index: 2 }, key, 'inclusion-refused'],
      [{ ...bundle, index: 7 }, key, 'index-outside-tree'],
      [{ ...bundle, proof: bundle.proof.slice(1) }, key, 'inclusion-refused'],
      [{ ...bundle, checkpoint: bundle.checkpoint.replace('\n7\n', '\n8\n') }, key, 'note-not-signed'],
      [{ ...bundle, checkpoint: 'text' }, key, 'note-malformed'],
      [{ ...bundle, checkpoint: signNote('no checkpoint\n', [signer]) }, key, 'checkpoint-malformed'],
      [await bundleOf(committed.leafBytes, 'example.org/other'), key, 'wrong-origin'],
      [await bundleOf(Buffer.from('{}')), key, 'leaf-malformed'],
      [{ ...bundle, v: 2 }, key, 'bundle-malformed'],
      [{ ...bundle, index: -1 }, key, 'bundle-malformed'],
      [{ ...bundle, proof: ['AA=='] }, key, 'bundle-malformed'],
      [{ ...bundle, proof: 'x' }, key, 'bundle-malformed'],
      [{ ...bundle, leaf: '!' }, key, 'bundle-malformed'],
      [null, key, 'bundle-malformed'],
    ];
    for (const [value, verifier, reason] of reasons)
      expect(verifyProofBundle(value, verifier)).toEqual({ ok: false, reason });
  });

  it('lets a personal value be shown to be the one that the entry commits to', () => {
    const [value] = committed.personal;
    expect(verifyPersonal(committed.entry, value!)).toBe(true);
    expect(verifyPersonal(committed.entry, { ...value!, value: 'john@example.org' })).toBe(false);
    expect(verifyPersonal(committed.entry, { ...value!, field: 'toString' })).toBe(false);
  });

  it('has the members that its schema requires', async () => {
    expect(Object.keys(await bundleOf()).sort()).toEqual([...PROOF_BUNDLE_SCHEMA.required].sort());
  });
});
