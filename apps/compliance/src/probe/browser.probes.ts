import { z } from 'zod';
import { probe, unproven, verdictOf } from './probe.js';

const firstVisit = z.object({
  pages: z.array(z.object({ path: z.string(), status: z.number(), cookies: z.array(z.string()) })),
});

export const storageBeforeChoice = probe('browser.storage-before-choice', async ({ allowed }, ask) => {
  const { pages } = await ask.service('gateway', 'first-visit', firstVisit);
  const answered = pages.filter((page) => page.status < 400);
  if (answered.length === 0) return unproven('None of the public pages answered.', { pages });
  const faults = pages.flatMap(({ path, cookies }) =>
    cookies.filter((name) => !allowed.includes(name)).map((name) => `${path} sets the cookie ${name}`),
  );
  return verdictOf(
    faults,
    `A first visit to ${answered.map((page) => page.path).join(', ')} sets ${allowed.length ? `no cookie but ${allowed.join(', ')}` : 'no cookie'}.`,
    { allowed, pages },
  );
});

const register = z.object({
  seen: z.array(z.string()),
  registered: z.array(z.string()),
  unregistered: z.array(z.string()),
  unseen: z.array(z.string()),
});

export const cookiesRegistry = probe('cookies.registry', async ({ match }, ask) => {
  const answer = await ask.service('gateway', 'cookies', register);
  const faults = answer.unregistered.map((name) => `the cookie ${name} was set, which the charter does not list`);
  const list = answer.seen.join(', ') || 'none';
  if (faults.length === 0 && match === 'exactly' && answer.unseen.length) {
    return unproven(
      `The cookies ${answer.unseen.join(', ')} of the charter have not been set yet; those set so far: ${list}.`,
      answer,
    );
  }
  return verdictOf(faults, `Every cookie that was ever set is listed by the charter: ${list}.`, answer);
});

const headers = z.object({
  answers: z.array(
    z.object({ path: z.string(), status: z.number(), missing: z.array(z.string()), revealing: z.array(z.string()) }),
  ),
});

export const securityHeaders = probe('http.security-headers', async (_parameters, ask) => {
  const { answers } = await ask.service('gateway', 'security-headers', headers);
  if (answers.length === 0) return unproven('The gateway gave no answer to look at.');
  const faults = answers.flatMap(({ path, missing, revealing }) => [
    ...missing.map((name) => `${path} answers without ${name}`),
    ...revealing.map((name) => `${path} reveals ${name}`),
  ]);
  return verdictOf(faults, `The answers of ${answers.map((one) => one.path).join(', ')} carry every security header.`, {
    answers,
  });
});

const policies = z.object({
  pages: z.array(
    z.object({
      path: z.string(),
      status: z.number(),
      isBounded: z.boolean(),
      strangers: z.array(z.string()),
      features: z.array(z.string()),
    }),
  ),
});

export const ownHostOnly = probe('http.own-host-only', async (_parameters, ask) => {
  const { pages } = await ask.service('gateway', 'own-host-only', policies);
  const faults = pages.flatMap(({ path, isBounded, strangers, features }) => [
    ...(isBounded ? [] : [`${path} has no policy that bounds what it loads`]),
    ...strangers.map((source) => `${path} admits ${source}`),
    ...features.map((name) => `${path} leaves ${name} to its page`),
  ]);
  return verdictOf(faults, `${pages.map(({ path }) => path).join(', ')} load from this host only.`, { pages });
});

const published = z.object({
  pages: z.array(z.object({ id: z.string(), status: z.number(), isRendered: z.boolean() })),
});

export const pagesPublished = probe('pages.published', async ({ pages: wanted }, ask, { charter }) => {
  const { pages } = await ask.service('gateway', 'published', published, { pages: wanted });
  const missing = wanted.filter((id) => !pages.some((page) => page.id === id));
  const faults = [
    ...missing.map((id) => `the charter lists no page ${id}`),
    ...pages
      .filter(({ status, isRendered }) => status !== 200 || !isRendered)
      .map(({ id }) => `the page ${id} does not say what the charter says`),
  ];
  return verdictOf(faults, `${wanted.join(', ')} say what version ${charter.version} of the charter says.`, { pages });
});
