import type { Charter } from '../charter.js';
import { humanDuration } from '../promise/human-words.js';
import { paragraph, section, table, type Page } from './page.js';

/** Every cookie that this region may set, as the charter registers it. */
export function cookiePage({ document }: Charter): Page {
  const rows = Object.entries(document.cookies).map(([name, { class: kind, on, lives, what }]) => [
    name,
    kind,
    what,
    on === 'sign-in' ? 'when you sign in' : 'after you agree',
    lives === 'session' ? 'as long as your session' : humanDuration(lives),
  ]);
  return {
    title: `Cookies of ${document.title}`,
    sections: [
      section(
        'What is set, and when',
        paragraph('No cookie is set before you sign in, and none that is not in this table.'),
        table(['Name', 'Class', 'What for', 'Set', 'Lasts'], rows),
      ),
    ],
  };
}
