import { z } from 'zod';
import { roles } from '../caller.js';
import { f } from '../field.js';

/** What a person may say about themselves; the charter decides which of these a region asks for. */
export const accountFields = {
  name: f.personName().optional(),
  company: f.personalText(200).optional(),
  jobTitle: f.personalText(200).optional(),
  phone: f.personalText(40).optional(),
  username: f.personalText(64).optional(),
};

/** How long somebody may take at an identity provider: ten minutes, the life of a one-time code. */
export const IDENTITY_PROVIDER_SIGN_IN_MS = 600_000;

/** What sign-in answers for the gateway to keep in a cookie; it never reaches a body. */
export const Session = z.strictObject({ token: f.secret(), expiresAt: f.instant() });

export const Profile = z.strictObject({
  userId: f.userId(),
  orgId: f.id('organization'),
  roles: z.array(f.oneOf(...roles)),
  email: f.email(),
  ...accountFields,
  createdAt: f.instant(),
});
export type Profile = z.output<typeof Profile>;

/** The browser or tool that a session is started from, such as "Firefox on Linux"; the gateway says it, not the caller. */
export const device = f.personalText(60).optional();

/** A code of the authenticator app or a recovery code, where the account asks for one. */
export const secondFactor = f.secret(32).optional();

/** Whoever has shown who they are. */
export const SignedIn = z.strictObject({ userId: f.userId(), orgId: f.id('organization'), session: Session });
export type SignedIn = z.output<typeof SignedIn>;
