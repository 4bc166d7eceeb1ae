import { z } from 'zod';
import { service } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';

/** What a mailed secret is good for. Each opens one thing only. */
export const oneTimePurposes = [
  'sign-up',
  'sign-in-code',
  'sign-in-link',
  'password-reset',
  'email-change',
  'invitation',
] as const;
export type OneTimePurpose = (typeof oneTimePurposes)[number];

/** The page of the gateway that a mailed link opens. Opening changes nothing: mail scanners follow links. */
export const linkPaths: Readonly<Record<Exclude<OneTimePurpose, 'sign-in-code'>, string>> = {
  'sign-up': '/auth/sign-up/confirm',
  'sign-in-link': '/auth/sign-in/link',
  'password-reset': '/auth/password/reset',
  'email-change': '/auth/email/confirm',
  invitation: '/auth/invitation',
};

export const mintOneTimeSecret = operation({
  name: 'identity.one-time.mint',
  summary:
    'Make the secret of a mail at the moment of sending, so that it lies in no queue; whatever was made before is void',
  input: z.strictObject({ secretId: f.id('one-time-secret') }),
  /** Empty once it was used, has expired or its person is gone: the mail is not sent then. */
  output: z.strictObject({
    mail: z
      .strictObject({
        purpose: f.oneOf(...oneTimePurposes),
        email: f.email(),
        /** 43 characters base64url for a link, six digits for a code. */
        token: f.secret(),
      })
      .optional(),
  }),
  access: service('notifications'),
});
