import { type Charter, humanDuration, type Page } from '@millrace/charter';

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
      {
        heading: 'What is set, and when',
        blocks: [
          { kind: 'paragraph', text: 'No cookie is set before you sign in, and none that is not in this table.' },
          { kind: 'table', columns: ['Name', 'Class', 'What for', 'Set', 'Lasts'], rows },
        ],
      },
    ],
  };
}
