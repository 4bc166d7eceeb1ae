import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { noteSigner, parseVerifierKey } from './note-key.js';
import { parseNote, signNote } from './note.js';
import { readStatement, signStatement } from './signed-statement.js';

const KIND = 'millrace/attestation/v1';
const signer = noteSigner('example.org/ledger', generateKeyPairSync('ed25519').privateKey);
const verifier = parseVerifierKey(signer.verifierKey);
const statement = { kept: 3, text: 'Zwei\nZeilen', nested: { b: 1, a: [true] } };

describe('a signed statement', () => {
  it('says what was signed', () => {
    const note = signStatement(KIND, statement, signer);
    expect(readStatement(KIND, note, verifier)).toEqual(statement);
    expect(note.split('\n')[1]).toBe('{"kept":3,"nested":{"a":[true],"b":1},"text":"Zwei\\nZeilen"}');
  });

  it('does not hold once a character was changed, or under another key', () => {
    const note = signStatement(KIND, statement, signer);
    const other = parseVerifierKey(
      noteSigner('example.org/ledger', generateKeyPairSync('ed25519').privateKey).verifierKey,
    );
    expect(() => readStatement(KIND, note.replace('3', '4'), verifier)).toThrow('wrong');
    expect(() => readStatement(KIND, note, other)).toThrow('None of the given keys');
  });

  it('is of its kind, and is no checkpoint, nor is one a statement', () => {
    const note = signStatement(KIND, statement, signer);
    expect(() => readStatement('millrace/other/v1', note, verifier)).toThrow('no statement of this kind');
    expect(() => parseCheckpoint(parseNote(note).text)).toThrow('Not a checkpoint');
    const checkpoint = formatCheckpoint({ origin: KIND, size: 1, root: Buffer.alloc(32) });
    expect(() => readStatement(KIND, signNote(checkpoint, [signer]), verifier)).toThrow('no statement of this kind');
    expect(() => readStatement(KIND, signNote(`${KIND}\nnot json\n`, [signer]), verifier)).toThrow('no statement');
  });
});
