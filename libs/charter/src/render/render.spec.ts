import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { humanDuration } from '../promise/human-words.js';
import { neededRetentionKeys } from '../rules/rule.js';
import { edited, shipped, shippedNames } from '../shipped.fixture.js';
import { pageHtml } from './html.js';
import { pageMarkdown } from './markdown.js';
import { list, paragraph, section, table, type Page } from './page.js';
import { policyPage, publicationBlockers } from './policy-page.js';
import { processingRecord } from './processing-record.js';
import { subProcessorPage } from './sub-processor-page.js';
import { retentionTitles } from './titles.js';

describe('the policy page', () => {
  it.each(shippedNames)('of %s gives each period that the code reads, in its own row', (name) => {
    const charter = shipped(name);
    const rows = tablesOf(policyPage(charter)).find(({ columns }) => columns[1] === 'How long')!.rows;
    for (const key of neededRetentionKeys(charter.document)) {
      const { keepText } = charter.retention(key);
      const row = rows.find(([title]) => title === retentionTitles[key])!;
      expect([key, row[1]]).toEqual([
        key,
        expect.stringContaining(keepText === 'PT0S' ? 'until' : humanDuration(keepText)),
      ]);
    }
    expect(rows).toHaveLength(neededRetentionKeys(charter.document).length);
  });

  it('changes its number with the setting, and nothing else', () => {
    const before = pageMarkdown(policyPage(shipped('dataflow-xpert'))).split('\n');
    const changed = edited('dataflow-xpert', [[['retention', 'access-log', 'keep'], 'P14D']]);
    const after = pageMarkdown(policyPage(changed)).split('\n');
    const different = after.filter((line, index) => line !== before[index]);
    expect(different).toEqual([
      expect.stringContaining('Charter digest'),
      expect.stringMatching(/^\| Server access logs \| 14 days from the event \|/),
      '- D59: Server access logs are purged after 14 days.',
    ]);
    expect(changed.retention('access-log').keep.days).toBe(14);
  });

  it.each(shippedNames)('of %s holds every promise', (name) => {
    const charter = shipped(name);
    const html = pageHtml(policyPage(charter)).replaceAll('&#39;', "'").replaceAll('&quot;', '"');
    for (const { id, sentence } of charter.promises) expect(html).toContain(`<li>${id}: ${sentence}</li>`);
  });

  it('is the same page for the same charter', () => {
    expect(pageHtml(policyPage(shipped('fluxent')))).toBe(pageHtml(policyPage(shipped('fluxent'))));
  });

  it('says when the law can be earlier than the promise', () => {
    const text = pageMarkdown(policyPage(shipped('fluxent')));
    expect(text).toContain('45 days, or 1 month where that is earlier');
    expect(text).toMatch(/Virginia Consumer Data Protection Act \|[^|]*\| 45 days \|/);
  });

  it('names what the policy text forgot: positions of syncs, connections, security logs', () => {
    const text = pageMarkdown(policyPage(shipped('fluxcascade')));
    for (const title of ['Sync positions', 'Configuration', 'Security logs']) expect(text).toContain(`| ${title} |`);
  });

  it('may not be published with a placeholder for an address, and may with an address', () => {
    expect(publicationBlockers(shipped('fluxcascade')).map(({ rule }) => rule)).toEqual(['conflict/C20']);
    expect(pageMarkdown(policyPage(shipped('fluxcascade')))).toContain('| Post | not yet supplied |');
    const address = ['FluxCascade, Inc.', '1 Example Road'];
    expect(publicationBlockers(edited('fluxcascade', [[['controller', 'postalAddress'], address]]))).toEqual([]);
  });
});

describe('the list of sub-processors', () => {
  it('holds those that are enabled, and says which have no name', () => {
    const text = pageMarkdown(subProcessorPage(shipped('fluxent')));
    expect(text).toContain('| Payments | Stripe |');
    expect(text).toContain('| Hosting | not yet named |');
    expect(pageMarkdown(subProcessorPage(shipped('fluxcascade')))).not.toContain('Analytics provider');
  });
});

describe('the record of processing', () => {
  it('has the particulars (a) to (g) of Article 30 and the holdings of the data map', () => {
    const holding = {
      service: 'identity',
      table: 'account',
      categories: ['contact'],
      purposes: ['account'],
      retention: ['account'],
    };
    const record = processingRecord(shipped('dataflow-xpert'), [holding]);
    expect(record.sections.map(({ heading }) => heading.slice(0, 3))).toEqual([
      '(a)',
      '(b)',
      '(c)',
      '(d)',
      '(e)',
      '(f)',
      '(g)',
    ]);
    expect(pageMarkdown(record)).toContain('| identity | account | contact | account | account |');
    expect(record.sections.every(({ blocks }) => blocks.length > 0)).toBe(true);
  });
});

describe('a text on a page', () => {
  const page = (text: string): Page => ({
    title: text,
    sections: [section(text, paragraph(text), list([text]), table([text], [[text]]))],
  });

  it('never becomes HTML markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', '/', ' ') }), (text) => {
        const words = pageHtml(page(`x${text}`)).replace(
          /<\/?(article|section|h[12]|p|ul|li|table|thead|tbody|tr|th|td)( scope="col")?>/g,
          '',
        );
        expect(words).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
      { numRuns: 300 },
    );
  });

  it('never becomes Markdown markup or another row of a table', () => {
    const text = pageMarkdown(page('<b> | [a](b) *x* `c` \n| new row'));
    expect(text.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(3);
    expect(text).toContain('\\<b\\> \\| \\[a\\](b) \\*x\\* \\`c\\` \\| new row');
    expect(pageMarkdown(page('# no heading'))).toContain('\n\n\\# no heading\n');
    expect(pageMarkdown(page('1. no item'))).toContain('\n\n1\\. no item\n');
  });
});

function tablesOf(page: Page) {
  return page.sections.flatMap(({ blocks }) => blocks.filter((block) => block.kind === 'table'));
}
