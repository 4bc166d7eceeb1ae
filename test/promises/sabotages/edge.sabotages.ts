import type { Sabotage } from './sabotage.js';

export const edgeSabotages: readonly Sabotage[] = [
  {
    probe: 'mail.contents',
    what: 'a mail was written of a kind that the charter does not list',
    says: /the mail newsletter.* was written, of a kind/,
    sql: {
      database: 'notifications',
      breaks: `update mail_job set message = 'newsletter/' || message`,
      repairs: `update mail_job set message = substr(message, 12)`,
    },
  },
  {
    probe: 'pages.published',
    what: 'a page says something else than the charter',
    says: /the page privacy does not say what the charter says/,
    edge: 'rewrites a page',
  },
  {
    probe: 'http.own-host-only',
    what: 'a page may load from a third party',
    says: /\/ admits default-src https:\/\/tracker\.example/,
    edge: 'admits a third party',
  },
  {
    probe: 'browser.storage-before-choice',
    what: 'a page sets a cookie',
    says: /\/ sets the cookie visitor/,
    edge: 'sets a cookie',
  },
  {
    probe: 'cookies.registry',
    what: 'a cookie was set that the charter does not list',
    says: /the cookie tracker was set/,
    sql: {
      database: 'gateway',
      breaks: `insert into cookie_seen values ('tracker', now(), now())`,
      repairs: `delete from cookie_seen where name in ('tracker', 'visitor')`,
    },
  },
  {
    probe: 'http.security-headers',
    what: 'answers lose a header',
    says: /answers without content-security-policy/,
    edge: 'drops a header',
  },
];
