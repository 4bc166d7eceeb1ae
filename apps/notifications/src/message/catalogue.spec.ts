import { describe, expect, it } from '@jest/globals';
import { securityAlerted } from '@millrace/contracts';
import { catalogue, faultsOf, textOf } from './catalogue.js';
import { compose } from './compose.js';

const good = catalogue['notifications.run-failed'];
const LINK = 'https://app.example.test/';

describe('the catalogue', () => {
  it('has no fault', () => {
    expect(faultsOf(catalogue)).toEqual([]);
  });

  it('has words for every alert', () => {
    for (const alert of securityAlerted.schema.shape.alert.options)
      expect(textOf(`notifications.${alert}`).kind).toBe('account-alert');
  });

  it.each([
    ['a name in a paragraph', { ...good, paragraphs: ['Dear {name}, a run failed: {link}'] }, 'placeholder'],
    ['an empty placeholder', { ...good, paragraphs: ['{}'] }, 'placeholder'],
    ['a placeholder in the subject', { ...good, subject: 'See {link}' }, 'placeholder'],
    ['an advertising class', { ...good, class: 'marketing' }, 'class'],
    ['a typed web address', { ...good, paragraphs: ['Buy more at https://shop.example'] }, 'address'],
    ['a typed mail address', { ...good, paragraphs: ['Write to sales@shop.example'] }, 'address'],
    ['a line break in the subject', { ...good, subject: 'A\r\nBcc: x' }, 'two-lines'],
  ])('would be refused with %s', (_what, text, fault) => {
    expect(faultsOf({ 'notifications.planted': text })).toContainEqual({ message: 'notifications.planted', fault });
  });

  it('knows no message that it does not list', () => {
    expect(() => textOf('notifications.unknown')).toThrow('notifications.unknown');
    expect(() => textOf('toString')).toThrow();
  });
});

describe('composing', () => {
  it('puts the link into both parts', () => {
    const { text, html } = compose(good, { link: LINK });
    expect(text).toContain(`again: ${LINK}\n`);
    expect(html).toContain(`<a href="${LINK}">${LINK}</a>`);
    expect(text + html).not.toMatch(/[{}]/);
  });

  it('escapes words and link alike', () => {
    const { html } = compose(
      { ...good, paragraphs: ['a < b & "c" {link}'] },
      { link: 'https://x.test/?a="><script>&b' },
    );
    expect(html).toContain('a &lt; b &amp; &quot;c&quot; <a href="https://x.test/?a=&quot;&gt;&lt;script&gt;&amp;b">');
    expect(html).not.toContain('<script>');
  });

  it('loads nothing from anywhere', () => {
    for (const one of Object.values(catalogue))
      expect(compose(one, { link: LINK, code: '123456' }).html).not.toMatch(
        /<(img|link|style|script|iframe)|src=|url\(/i,
      );
  });

  it('refuses a placeholder without a value', () => {
    expect(() => compose({ ...good, paragraphs: ['{name}'] }, { link: LINK })).toThrow('name');
  });
});
