import type { Charter } from '@millrace/charter';
import { type Html, markup } from './html.js';

/**
 * Where somebody says that they are as old as the charter asks for.
 * @param unless when it may stay empty; without it, it must be ticked
 */
export function ageTick({ document: { accounts } }: Charter, unless?: string): Html {
  const required = unless === undefined ? markup`required` : markup``;
  const note = unless === undefined ? '' : ` (${unless})`;
  return markup`<p><label><input class="tick" type="checkbox" name="ofAge" value="yes" ${required} /> I am ${accounts.minimumAge} years old or older${note}.</label></p>`;
}
