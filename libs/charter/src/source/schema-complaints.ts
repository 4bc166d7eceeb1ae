import type { z } from 'zod';
import type { CharterPath, Complaint } from '../finding.js';

type Issue = z.core.$ZodIssue;

/**
 * Says each violation of the schema as a complaint; a union's branches are folded into one sentence. The parse must
 * have reported its inputs (`reportInput`), which tells a missing setting from a wrong one; no input is repeated.
 */
export function schemaComplaints(error: z.ZodError): Complaint[] {
  return error.issues.flatMap((issue) => complaintsOf(issue, []));
}

function complaintsOf(issue: Issue, base: CharterPath): Complaint[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  if (issue.input === undefined) return [{ path, rule: 'schema/missing', message: `${quoted(path)} must be set.` }];
  switch (issue.code) {
    case 'invalid_key':
    case 'invalid_element':
      return [{ path, rule: 'schema/unknown-key', message: `${quoted(path)} is not a name that can stand here.` }];
    case 'invalid_type':
      return [{ path, rule: 'schema/invalid-type', message: `${quoted(path)} must be ${articled(issue.expected)}.` }];
    case 'invalid_union':
      return [{ path, rule: 'schema/invalid-value', message: `${quoted(path)} has none of the allowed forms.` }];
    default:
      return [{ path, rule: 'schema/invalid-value', message: `${quoted(path)}: ${issue.message}.` }];
  }
}

function unknownKey(path: CharterPath, key: string): Complaint {
  return { path: [...path, key], rule: 'schema/unknown-key', message: `${quoted([...path, key])} is not a setting.` };
}

function quoted(path: CharterPath): string {
  return path.length ? `"${path.join('.')}"` : 'The file';
}

function articled(expected: string): string {
  const word =
    { object: 'map', record: 'map', array: 'list', string: 'text', int: 'whole number' }[expected] ?? expected;
  return word === 'text' ? word : `a ${word}`;
}
