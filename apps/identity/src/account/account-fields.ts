import type { Charter } from '@millrace/charter';
import { identityProblems } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';

/** What a person may say about themselves besides address and password. */
export const optionalFields = ['name', 'company', 'jobTitle', 'phone', 'username'] as const;
export type OptionalField = (typeof optionalFields)[number];

/** @throws Problem `identity.field-not-asked` naming each field that the charter does not ask for, or lacks one that it requires */
export function checkFields(charter: Charter, given: Readonly<Record<string, unknown>>, required: boolean): void {
  const { accounts } = charter.document;
  const surplus = optionalFields.filter((field) => given[field] !== undefined && !accounts.fields.includes(field));
  const lacking = required
    ? optionalFields.filter((field) => accounts.required.includes(field) && given[field] === undefined)
    : [];
  if (surplus.length + lacking.length === 0) return;
  throw new Problem(identityProblems.fieldNotAsked, {
    detail: surplus.length
      ? 'This region does not ask for everything that was sent.'
      : 'Something that this region asks for is missing.',
    errors: [
      ...surplus.map((field) => ({ path: `/${field}`, message: 'is not asked for in this region; leave it out' })),
      ...lacking.map((field) => ({ path: `/${field}`, message: 'is required in this region' })),
    ],
  });
}
