import type { Problem } from '@millrace/kernel';
import { type Html, markup } from './html.js';

/** What was wrong and what to do, in the words of the problem; what a service says in particular stands in place of its help. */
export function problemBox({ kind, details }: Problem): Html {
  return markup`<div role="alert" class="problem"><strong>${kind.title}.</strong> ${details.detail ?? kind.help}</div>`;
}
