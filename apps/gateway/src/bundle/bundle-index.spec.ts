import { expect, it } from '@jest/globals';
import { indexPage } from './bundle-index.js';

it('escapes whatever it is told', () => {
  const hostile = `"><script>alert('1')</script>`;
  const page = indexPage({ caseId: hostile, exportedAt: hostile, charter: hostile, region: hostile }, []);
  expect(page).not.toContain('<script');
  expect(page).toContain('&lt;script&gt;');
});
