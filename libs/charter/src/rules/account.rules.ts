import { lastsAtLeast, surelyLonger } from '../law/duration-bounds.js';
import type { Rule } from './rule.js';

/** The cookies that the gateway's sign-in needs. */
const SIGN_IN_COOKIES = ['sessionid', 'csrftoken'];

const requiredFieldsExist: Rule = (charter) => {
  const { fields, required } = charter.accounts;
  const unknown = required.filter((field) => !fields.includes(field));
  const complaints = unknown.map((field) => ({
    path: ['accounts', 'required', required.indexOf(field)],
    rule: 'account/required-unknown',
    message: `"${field}" is required but is no field of an account.`,
  }));
  if (required.includes('email')) return complaints;
  const message = 'An account needs a required e-mail address: notices and rights depend on it.';
  return [...complaints, { path: ['accounts', 'required'], rule: 'account/email-missing', message }];
};

const tokensBelowCeiling: Rule = ({ tokens }) =>
  (['oneTimeCode', 'magicLink', 'passwordReset', 'emailVerification'] as const)
    .filter((name) => !lastsAtLeast(tokens.ceiling, tokens[name]))
    .map((name) => ({
      path: ['tokens', name],
      rule: 'token/above-ceiling',
      message: `"tokens.${name}" lives longer than "tokens.ceiling" allows.`,
    }));

const idleWithinSession: Rule = ({ sessions }) =>
  surelyLonger(sessions.idle, sessions.absolute)
    ? [
        {
          path: ['sessions', 'idle'],
          rule: 'session/idle-above-absolute',
          message: '"sessions.idle" is longer than "sessions.absolute" and could never take effect.',
        },
      ]
    : [];

const providersForStaffOnly: Rule = ({ accounts, staff }) =>
  accounts.organizationProviders === 'allowed' && staff.identityProviders === 'staff-only'
    ? [
        {
          path: ['accounts', 'organizationProviders'],
          rule: 'account/providers-staff-only',
          message:
            'Identity providers are for staff only ("staff.identityProviders"), so organizations cannot bring one.',
        },
      ]
    : [];

const cookiesForSignIn: Rule = (charter) =>
  SIGN_IN_COOKIES.filter((name) => !charter.cookies[name]).map((name) => ({
    path: ['cookies'],
    rule: 'cookie/sign-in-missing',
    message: `"cookies.${name}" must be registered: sign-in sets it.`,
  }));

/** Only what sign-in needs may be set without asking, and asking needs a choice to ask about. */
const cookiesWaitForChoice: Rule = (charter) =>
  Object.entries(charter.cookies).flatMap(([name, cookie]) => {
    const path = ['cookies', name, 'on'];
    if (cookie.class !== 'necessary' && cookie.on !== 'choice') {
      const message = `"cookies.${name}" is not necessary and must wait for the visitor's choice.`;
      return [{ path, rule: 'cookie/before-choice', message }];
    }
    if (SIGN_IN_COOKIES.includes(name) && cookie.class !== 'necessary') {
      const message = `"cookies.${name}" carries sign-in and is necessary.`;
      return [{ path: ['cookies', name, 'class'], rule: 'cookie/sign-in-class', message }];
    }
    const missing = choiceMissing(charter.tracking, cookie.class);
    if (!missing) return [];
    const message = `"cookies.${name}" is of class ${cookie.class}, for which "tracking" offers no choice.`;
    return [{ path: ['cookies', name, 'class'], rule: 'cookie/no-choice', message }];
  });

function choiceMissing(tracking: { analyticsChoice: string; marketingChoice: string }, kind: string): boolean {
  if (kind === 'analytics') return tracking.analyticsChoice === 'none';
  return kind === 'marketing' && tracking.marketingChoice === 'none';
}

export const accountRules: readonly Rule[] = [
  requiredFieldsExist,
  tokensBelowCeiling,
  idleWithinSession,
  providersForStaffOnly,
  cookiesForSignIn,
  cookiesWaitForChoice,
];
