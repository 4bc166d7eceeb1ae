import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AccumulatorState, MerkleAccumulator } from './merkle-accumulator.js';
import { consistencyProof, inclusionProof } from './prove.js';
import { EMPTY_ROOT, leafHash, nodeHash, splitPoint } from './tree-hash.js';
import { MemoryTree } from './tree-reader.js';
import { verifyConsistency, verifyInclusion } from './verify.js';

/** The leaves, roots and proofs of the Certificate Transparency reference test data (google/certificate-transparency). */
const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const CT_INCLUSION = [
  { index: 0, size: 1, proof: [] },
  {
    index: 0,
    size: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    index: 5,
    size: 8,
    proof: [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  { index: 2, size: 3, proof: ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'] },
  {
    index: 1,
    size: 5,
    proof: [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
];
const CT_CONSISTENCY = [
  { oldSize: 1, newSize: 1, proof: [] },
  {
    oldSize: 1,
    newSize: 8,
    proof: [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  },
  {
    oldSize: 6,
    newSize: 8,
    proof: [
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  },
  {
    oldSize: 2,
    newSize: 5,
    proof: [
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  },
];

const hex = (text: string) => Buffer.from(text, 'hex');

/** RFC 6962 §2.1 as it is written: the definition that everything else is compared with. */
function naiveRoot(hashes: Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return EMPTY_ROOT;
  if (hashes.length === 1) return hashes[0]!;
  const split = splitPoint(hashes.length);
  return nodeHash(naiveRoot(hashes.slice(0, split)), naiveRoot(hashes.slice(split)));
}

function build(hashes: Uint8Array[]): { tree: MemoryTree; roots: Uint8Array[] } {
  const [tree, accumulator] = [new MemoryTree(), new MerkleAccumulator()];
  const roots: Uint8Array[] = [accumulator.root()];
  for (const hash of hashes) {
    tree.add(accumulator.append(hash));
    roots.push(accumulator.root());
  }
  return { tree, roots };
}

describe('the tree against the reference data of Certificate Transparency', () => {
  const leaves = CT_LEAVES.map((leaf) => leafHash(hex(leaf)));
  const { tree, roots } = build(leaves);

  it('has the reference roots', () => {
    expect(roots.slice(1).map((root) => Buffer.from(root).toString('hex'))).toEqual(CT_ROOTS);
    expect(Buffer.from(roots[0]!).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it.each(CT_INCLUSION)('proves leaf $index of $size with the reference proof', async ({ index, size, proof }) => {
    expect((await inclusionProof(tree, index, size)).map((hash) => hash.toString('hex'))).toEqual(proof);
    const claim = { leafHash: leaves[index]!, index, size, root: roots[size]!, proof: proof.map(hex) };
    expect(verifyInclusion(claim)).toBe(true);
  });

  it.each(CT_CONSISTENCY)(
    'proves $oldSize to $newSize with the reference proof',
    async ({ oldSize, newSize, proof }) => {
      expect((await consistencyProof(tree, oldSize, newSize)).map((hash) => hash.toString('hex'))).toEqual(proof);
      const [oldRoot, newRoot] = [roots[oldSize]!, roots[newSize]!];
      expect(verifyConsistency({ oldSize, newSize, oldRoot, newRoot, proof: proof.map(hex) })).toBe(true);
    },
  );
});

describe('the tree against its definition', () => {
  const leavesOf = (count: number) => Array.from({ length: count }, (_, index) => leafHash(Buffer.from(String(index))));

  it('has the root of the definition at every size, also when it goes on from a stored state', () => {
    const leaves = leavesOf(130);
    let state: AccumulatorState | undefined;
    for (let size = 1; size <= leaves.length; size++) {
      const accumulator = new MerkleAccumulator(state);
      accumulator.append(leaves[size - 1]!);
      state = accumulator.state;
      expect(accumulator.root().equals(naiveRoot(leaves.slice(0, size)))).toBe(true);
    }
  });

  it('proves every leaf of every tree up to 40 leaves, and every pair of sizes', async () => {
    const leaves = leavesOf(40);
    const { tree, roots } = build(leaves);
    for (let size = 1; size <= leaves.length; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(tree, index, size);
        expect(verifyInclusion({ leafHash: leaves[index]!, index, size, root: roots[size]!, proof })).toBe(true);
      }
      for (let oldSize = 0; oldSize <= size; oldSize++) {
        const proof = await consistencyProof(tree, oldSize, size);
        const claim = { oldSize, oldRoot: roots[oldSize]!, newSize: size, newRoot: roots[size]!, proof };
        expect(verifyConsistency(claim)).toBe(true);
      }
    }
  });

  it('accepts no inclusion proof with anything changed', async () => {
    const leaves = leavesOf(64);
    const { tree, roots } = build(leaves);
    const sizes = fc
      .integer({ min: 2, max: 64 })
      .chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1), fc.nat(), fc.nat(7)));
    await fc.assert(
      fc.asyncProperty(sizes, async ([size, index, byte, bit]) => {
        const proof = await inclusionProof(tree, index, size);
        const claim = { leafHash: leaves[index]!, index, size, root: roots[size]!, proof };
        expect(verifyInclusion(claim)).toBe(true);
        const flipped = proof.map((hash) => Buffer.from(hash));
        const flat = byte % (proof.length * 32);
        flipped[Math.floor(flat / 32)]![flat % 32]! ^= 1 << bit;
        expect(verifyInclusion({ ...claim, proof: flipped })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...proof, leaves[0]!] })).toBe(false);
        expect(verifyInclusion({ ...claim, index: (index + 1) % size })).toBe(false);
        expect(verifyInclusion({ ...claim, leafHash: leafHash(Buffer.from('other')) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: roots[size - 1]! })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: proof.map((hash) => hash.subarray(1)) })).toBe(false);
      }),
    );
  });

  it('accepts no consistency proof with anything changed', async () => {
    const { tree, roots } = build(leavesOf(64));
    const sizes = fc
      .integer({ min: 2, max: 64 })
      .chain((size) => fc.tuple(fc.constant(size), fc.integer({ min: 1, max: size - 1 }), fc.nat(), fc.nat(7)));
    await fc.assert(
      fc.asyncProperty(sizes, async ([newSize, oldSize, byte, bit]) => {
        const proof = await consistencyProof(tree, oldSize, newSize);
        const claim = { oldSize, oldRoot: roots[oldSize]!, newSize, newRoot: roots[newSize]!, proof };
        const flipped = proof.map((hash) => Buffer.from(hash));
        const flat = byte % (proof.length * 32);
        flipped[Math.floor(flat / 32)]![flat % 32]! ^= 1 << bit;
        expect(verifyConsistency({ ...claim, proof: flipped })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: proof.slice(1) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, roots[1]!] })).toBe(false);
        expect(verifyConsistency({ ...claim, oldRoot: roots[oldSize - 1]! })).toBe(false);
        expect(verifyConsistency({ ...claim, newRoot: roots[oldSize]! })).toBe(false);
      }),
    );
  });

  it('accepts no proof of a smaller tree as one of a larger, and no hashes cut elsewhere', async () => {
    const leaves = leavesOf(8);
    const { tree, roots } = build(leaves);
    const proof = await inclusionProof(tree, 0, 4);
    const claim = { leafHash: leaves[0]!, index: 0, size: 4, root: roots[4]!, proof };
    expect(verifyInclusion(claim)).toBe(true);
    expect(verifyInclusion({ ...claim, size: 8 })).toBe(false);
    const [first, ...rest] = proof;
    const longer = Buffer.concat([leaves[0]!.subarray(31), first!]);
    expect(verifyInclusion({ ...claim, leafHash: leaves[0]!.subarray(0, 31), proof: [longer, ...rest] })).toBe(false);
  });

  it('handles sizes beyond 32 bits', () => {
    const size = 2 ** 40 + 1;
    const root = nodeHash(leafHash(Buffer.from('left')), leafHash(Buffer.from('last')));
    const claim = {
      leafHash: leafHash(Buffer.from('last')),
      index: size - 1,
      size,
      root,
      proof: [leafHash(Buffer.from('left'))],
    };
    expect(verifyInclusion(claim)).toBe(true);
  });

  it('says which hash is missing, and refuses states and proofs that cannot be', async () => {
    const { tree } = build(leavesOf(3));
    await expect(inclusionProof(tree, 1, 8)).rejects.toMatchObject({ code: 'hashes-missing' });
    await expect(inclusionProof(tree, 3, 3)).rejects.toMatchObject({ code: 'proof-impossible' });
    await expect(consistencyProof(tree, 4, 3)).rejects.toMatchObject({ code: 'proof-impossible' });
    expect(() => new MerkleAccumulator({ size: 3, hashes: [Buffer.alloc(32)] })).toThrow('does not describe');
    expect(() => new MerkleAccumulator({ size: 1, hashes: [Buffer.alloc(31)] })).toThrow('does not describe');
  });
});
