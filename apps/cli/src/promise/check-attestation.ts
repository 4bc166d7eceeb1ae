import { Attestation, ATTESTATION_KIND } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import { isLedgerError, parseVerifierKey, readStatement } from '@millrace/ledger';
import { cliProblems } from '../region/problems.js';
import { CheckFailed } from '../terminal/failure.js';

/**
 * What an attestation says, once it was checked: the note itself, or what `millrace promises attest --json` printed.
 * @param key the ledger's verifier key, from somewhere else than the attestation
 * @throws CheckFailed for one that the key did not sign, or that was changed since
 * @throws Problem `cli.usage` for a key that is none
 */
export function checkAttestation(text: string, key: string): Attestation {
  try {
    return Attestation.parse(readStatement(ATTESTATION_KIND, noteOf(text), parseVerifierKey(key.trim())));
  } catch (cause) {
    if (isLedgerError(cause, 'key-malformed'))
      throw new Problem(cliProblems.usage, { detail: 'A verifier key reads name+hash+key.', cause });
    throw new CheckFailed('The attestation is not what this key signed');
  }
}

function noteOf(text: string): string {
  if (!text.startsWith('{')) return text;
  return String((JSON.parse(text) as { attestation?: unknown }).attestation);
}

/** An instant or a date as the API takes it. @throws Problem `cli.usage` */
export function instantOf(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Problem(cliProblems.usage, { detail: `${text} is no instant.` });
  return at.toISOString();
}
