import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import { MerkleAccumulator } from '../tree/merkle-accumulator.js';
import { consistencyProof } from '../tree/prove.js';
import { leafHash } from '../tree/tree-hash.js';
import { MemoryTree } from '../tree/tree-reader.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { cosignCheckpoint } from './cosign-checkpoint.js';
import { cosigner } from './cosigner.js';
import { signNote, verifyNote } from './note.js';
import { noteSigner, parseVerifierKey } from './note-key.js';

const log = noteSigner('example.org/eu', generateKeyPairSync('ed25519').privateKey);
const witness = cosigner('example.org/us', generateKeyPairSync('ed25519').privateKey, new MovableClock());
const [logKey, witnessKey] = [parseVerifierKey(log.verifierKey), parseVerifierKey(witness.verifierKey)];

function history(leaves: string[]): { tree: MemoryTree; notes: string[] } {
  const [tree, accumulator] = [new MemoryTree(), new MerkleAccumulator()];
  const notes = leaves.map((leaf, index) => {
    tree.add(accumulator.append(leafHash(Buffer.from(leaf))));
    return signNote(formatCheckpoint({ origin: 'example.org/eu', size: index + 1, root: accumulator.root() }), [log]);
  });
  return { tree, notes };
}

describe('a cosigner', () => {
  const { tree, notes } = history(['a', 'b', 'c', 'd', 'e']);
  const request = { logKey, cosigner: witness };

  it('signs the first checkpoint and every one that continues it', async () => {
    const first = cosignCheckpoint({ ...request, note: notes[1]!, proof: [] });
    const proof = await consistencyProof(tree, 2, 5);
    const second = cosignCheckpoint({ ...request, note: notes[4]!, previous: first.checkpoint, proof });
    expect(verifyNote(second.note, [logKey, witnessKey]).verifiedBy).toEqual([logKey, witnessKey]);
    expect(second.checkpoint.size).toBe(5);
    const again = cosignCheckpoint({ ...request, note: notes[4]!, previous: second.checkpoint, proof: [] });
    expect(again.checkpoint).toEqual(second.checkpoint);
  });

  it('signs no rewritten history, no smaller tree, no other log and no forged note', async () => {
    const previous = parseCheckpoint(verifyNote(notes[2]!, [logKey]).text);
    const other = history(['a', 'X', 'c', 'd', 'e']);
    const proof = await consistencyProof(other.tree, 3, 5);
    const refused = expect.objectContaining({ code: 'checkpoint-inconsistent' });
    expect(() => cosignCheckpoint({ ...request, note: other.notes[4]!, previous, proof })).toThrow(refused);
    expect(() => cosignCheckpoint({ ...request, note: other.notes[2]!, previous, proof: [] })).toThrow(refused);
    expect(() => cosignCheckpoint({ ...request, note: notes[1]!, previous, proof: [] })).toThrow(refused);
    const elsewhere = signNote(formatCheckpoint({ ...previous, origin: 'example.org/other' }), [log]);
    expect(() => cosignCheckpoint({ ...request, note: elsewhere, proof: [] })).toThrow(refused);
    const foreign = { ...previous, origin: 'example.org/other' };
    expect(() => cosignCheckpoint({ ...request, note: notes[2]!, previous: foreign, proof: [] })).toThrow(refused);
    const forged = notes[4]!.replace('\n5\n', '\n6\n');
    expect(() => cosignCheckpoint({ ...request, note: forged, proof: [] })).toThrow('wrong');
  });
});
