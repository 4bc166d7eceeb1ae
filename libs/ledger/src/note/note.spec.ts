import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { MovableClock } from '@millrace/kernel';
import fc from 'fast-check';
import { LedgerError } from '../ledger-error.js';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { cosigner } from './cosigner.js';
import { addSignature, parseNote, signNote, verifyNote } from './note.js';
import { noteSigner, parseSignerKey, parseVerifierKey, verifierKey } from './note-key.js';

/** The published example of golang.org/x/mod/sumdb/note, which C2SP signed-note specifies. */
const PETER_SECRET = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

const { privateKey } = generateKeyPairSync('ed25519');
const own = noteSigner('example.org/log', privateKey);
const other = noteSigner('example.org/other', generateKeyPairSync('ed25519').privateKey);
const [ownKey, otherKey] = [parseVerifierKey(own.verifierKey), parseVerifierKey(other.verifierKey)];

describe('a signed note', () => {
  it('is the published example to the byte', () => {
    const signer = parseSignerKey(PETER_SECRET);
    expect(signer.verifierKey).toBe(PETER);
    expect(signNote(TEXT, [signer])).toBe(`${TEXT}\n${SIGNATURE}`);
  });

  it('verifies the published example with its published key', () => {
    const verified = verifyNote(`${TEXT}\n${SIGNATURE}`, [parseVerifierKey(PETER)]);
    expect(verified.text).toBe(TEXT);
    expect(verified.verifiedBy.map(({ name }) => name)).toEqual(['PeterNeumann']);
  });

  it('refuses the published example with any character of text or signature changed', () => {
    const note = `${TEXT}\n${SIGNATURE}`;
    for (let at = 0; at < note.length; at++) {
      const changed = note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1);
      expect(() => verifyNote(changed, [parseVerifierKey(PETER)])).toThrow(LedgerError);
    }
  });

  it('carries several signatures and tells which of the trusted ones hold', () => {
    const note = signNote('text\n', [own, other]);
    expect(verifyNote(note, [ownKey, otherKey]).verifiedBy).toEqual([ownKey, otherKey]);
    expect(verifyNote(note, [otherKey]).verifiedBy).toEqual([otherKey]);
    expect(() => verifyNote(note, [parseVerifierKey(PETER)])).toThrow('None of the given keys');
  });

  it('refuses a wrong signature by a trusted key even beside a right one', () => {
    const { signatures } = parseNote(signNote('another text\n', [other]));
    const forged = addSignature(signNote('text\n', [own]), { ...other, sign: () => signatures[0]!.signature });
    expect(() => verifyNote(forged, [ownKey, otherKey])).toThrow('wrong');
    expect(verifyNote(forged, [ownKey]).verifiedBy).toEqual([ownKey]);
  });

  it('takes a cosignature with its time, replaces it, and checks the time too', () => {
    const clock = new MovableClock(new Date('2026-11-22T10:00:00Z'));
    const witness = cosigner('example.org/witness', generateKeyPairSync('ed25519').privateKey, clock);
    const witnessKey = parseVerifierKey(witness.verifierKey);
    const once = addSignature(signNote('text\n', [own]), witness);
    clock.advance(60_000);
    const twice = addSignature(once, witness);
    expect(parseNote(twice).signatures).toHaveLength(2);
    expect(parseNote(twice).signatures[1]!.signature.readBigUInt64BE(0)).toBe(1_795_341_660n);
    expect(verifyNote(twice, [ownKey, witnessKey]).verifiedBy).toEqual([ownKey, witnessKey]);
    const { signature } = parseNote(once).signatures[1]!;
    signature.writeBigUInt64BE(1n);
    const moved = addSignature(once, { ...witness, sign: () => signature });
    expect(() => verifyNote(moved, [witnessKey])).toThrow('wrong');
  });

  it.each(['', 'no newline', 'tab\there\n', 'nul\0\n', '\ud800\n', 'return\r\n'])(
    'signs no ill-formed text',
    (text) => {
      expect(() => signNote(text, [own])).toThrow('Not a signed note');
    },
  );

  it.each([
    '',
    '\n',
    'text\n',
    'text\n\n',
    'text\n\n— name\n',
    'text\n\n— name !!!!\n',
    'text\n\n- name x08gow==\n',
    'text\n\n— a+b x08go/ZJkuA=\n',
  ])('reads no damaged note', (note) => {
    expect(() => parseNote(note)).toThrow('Not a signed note');
  });

  it('keeps blank lines inside the text apart from the one before the signatures', () => {
    const text = 'first\n\nsecond\n\n— not a signature\n';
    expect(verifyNote(signNote(text, [own]), [ownKey]).text).toBe(text);
  });
});

describe('a verifier key', () => {
  it('is the same from the public key as from the signer', () => {
    expect(verifierKey('example.org/log', createPublicKey(privateKey))).toBe(own.verifierKey);
  });

  it('is refused when its hash, name or type was changed', () => {
    const [name, hash, key] = [PETER.split('+')[0]!, PETER.split('+')[1]!, PETER.split('+').slice(2).join('+')];
    for (const text of [
      `Peter+${hash}+${key}`,
      `${name}+c74f20a4+${key}`,
      `${name}+${hash}+Ah${key.slice(2)}`,
      `${name}+${hash}`,
      '',
      `a b+${hash}+${key}`,
    ]) {
      expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({ code: 'key-malformed' }));
    }
  });
});

describe('a checkpoint', () => {
  it('has the lines of the specification', () => {
    const text = formatCheckpoint({
      origin: 'example.com/behind-the-sofa',
      size: 20852163,
      root: Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64'),
    });
    expect(text).toBe('example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n');
  });

  it('reads what it wrote', () => {
    const line = fc.string({ minLength: 1 }).filter((text) => !text.includes('\n'));
    const checkpoint = fc.record({
      origin: line,
      size: fc.maxSafeNat(),
      root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      extensions: fc.array(line),
    });
    fc.assert(
      fc.property(checkpoint, (value) => {
        const read = parseCheckpoint(formatCheckpoint(value));
        expect({ ...read, root: new Uint8Array(read.root) }).toEqual(value);
      }),
    );
  });

  it.each([
    '',
    'a\n1\n',
    'a\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    'a\n1\nCsUYapGG\n',
    'a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
    'a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n',
    'a\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
    'a\n9999999999999999\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n',
  ])('reads no damaged text', (text) => {
    expect(() => parseCheckpoint(text)).toThrow('Not a checkpoint');
  });
});
