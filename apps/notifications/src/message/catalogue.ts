/** The words of every mail, English first. Only service messages are here; the class has no place for advertising. */

/**
 * What may stand in braces: a link to this region and a one-time code, neither of which tells anything about anybody.
 * Anything else could carry a person or a record into a mail (charter rule `mail.bodies`).
 */
export const PLACEHOLDERS = ['link', 'code'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

export interface MailText {
  /** Transactional: it tells somebody about their own account or work, and nothing else. */
  readonly class: 'transactional';
  /** The kind of service mail as charters list it under `mail.transactional`; one that a charter does not list is not sent. */
  readonly kind: 'sync-error' | 'account-alert';
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

export const catalogue = {
  'notifications.run-failed': {
    class: 'transactional',
    kind: 'sync-error',
    subject: 'A sync run has failed',
    paragraphs: [
      'A run of one of your pipelines has failed. What it had read is discarded; what it had written stays and is counted in its receipt.',
      'Sign in to see why, and to start it again: {link}',
      'You receive this service message because you own the organization that the pipeline belongs to.',
    ],
  },
  'notifications.approval-needed': {
    class: 'transactional',
    kind: 'sync-error',
    subject: 'A query waits for an approval',
    paragraphs: [
      'A run of one of your pipelines would read more than the budget of its connection leaves for this month. It waits until somebody who may do so approves it, or the run is cancelled.',
      'Sign in to see the estimate and to decide: {link}',
      'You receive this service message because you own the organization that the pipeline belongs to.',
    ],
  },
  'notifications.schema-drift': {
    class: 'transactional',
    kind: 'sync-error',
    subject: 'A source of your pipelines has changed',
    paragraphs: [
      'The fields of a stream that one of your pipelines reads are not what they were. The pipeline does what its document says about such changes.',
      'Sign in to see what changed and what became of it: {link}',
      'You receive this service message because you own the organization that the pipeline belongs to.',
    ],
  },
  'notifications.connection-unhealthy': {
    class: 'transactional',
    kind: 'sync-error',
    subject: 'A connection must be connected again',
    paragraphs: [
      'A provider no longer accepts one of your connections, so its pipelines cannot run. It was withdrawn there, ran out, or its permissions changed.',
      'Sign in to see why, and to connect it again: {link}',
      'You receive this service message because you own the organization that the connection belongs to.',
    ],
  },
  'notifications.staff-access': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Our staff may look at your organization’s data for a while',
    paragraphs: [
      'Somebody of our staff asked to see data of your organization, gave a reason, and a second person approved it. It ends by itself.',
      'Sign in to see who, why, and until when; each look is in your ledger: {link}',
      'You receive this service message because you own the organization.',
    ],
  },
  'notifications.locked-out': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your account was locked for a while',
    paragraphs: [
      'There were several sign-ins to your account with a wrong password, so it is locked for a while.',
      'If it was you, wait and try again: {link}',
      'If it was not you, change your password once you are signed in. Nobody got in.',
    ],
  },
  'notifications.lockout-lifted': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your account is open again',
    paragraphs: [
      'Somebody asked us to open your account, which was locked after several sign-ins with a wrong password. We did.',
      'If it was you, sign in again: {link}',
      'If it was not you, change your password once you are signed in. Whoever tried did not get in.',
    ],
  },
  'notifications.sign-up-with-known-address': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Somebody tried to sign up with your address',
    paragraphs: [
      'Somebody tried to open an account with this e-mail address, which has one already. Nothing was changed, and they were not told.',
      'If it was you, sign in instead: {link}',
      'If it was not you, there is nothing to do.',
    ],
  },
  'notifications.new-device': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A sign-in from a new browser or tool',
    paragraphs: [
      'Somebody signed in to your account from a browser or tool that was not used before.',
      'If it was you, there is nothing to do. Your sessions are listed here: {link}',
      'If it was not you, change your password: that ends every other session.',
    ],
  },
  'notifications.password-changed': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your password was changed',
    paragraphs: [
      'The password of your account was changed, and every other session was ended.',
      'If it was not you, have a new password mailed to you at once: {link}',
    ],
  },
  'notifications.email-change-requested': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your account is to get another e-mail address',
    paragraphs: [
      'Somebody signed in to your account asked to move it to another e-mail address. It moves once the mail that was sent there is confirmed.',
      'If it was not you, change your password now: {link}',
    ],
  },
  'notifications.session-replayed': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A session of yours was ended',
    paragraphs: [
      'An old session cookie of your account was used again after it had been replaced. Somebody may have copied it, so the session was ended.',
      'Sign in again, and change your password if you do not know how this came about: {link}',
    ],
  },
  'notifications.authenticator-added': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'An authenticator was added to your account',
    paragraphs: [
      'From now on, signing in to your account asks for a code of an authenticator app.',
      'If it was not you, change your password and remove the authenticator: {link}',
    ],
  },
  'notifications.authenticator-removed': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'The authenticator of your account was removed',
    paragraphs: [
      'Signing in to your account no longer asks for a code of an authenticator app.',
      'If it was not you, change your password now: {link}',
    ],
  },
  'notifications.recovery-code-used': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A recovery code of your account was used',
    paragraphs: [
      'Somebody signed in with one of your recovery codes instead of the authenticator. The code is void now.',
      'If it was not you, change your password and have new recovery codes made: {link}',
    ],
  },
  'notifications.passkey-added': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A passkey was added to your account',
    paragraphs: [
      'From now on, your account can be signed in to with a passkey that was made a moment ago.',
      'If it was not you, change your password and remove the passkey: {link}',
    ],
  },
  'notifications.provider-set': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your organization’s identity provider was set',
    paragraphs: [
      'Somebody who manages your organization has set the identity provider at which its members sign in, or changed it.',
      'If you did not expect it, look at it and at your ledger at once: {link}',
      'You receive this service message because you own the organization.',
    ],
  },
  'notifications.provider-removed': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your organization’s identity provider was removed',
    paragraphs: [
      'Somebody who manages your organization has removed its identity provider. The sessions that it had begun have ended; members sign in with their own proofs.',
      'If you did not expect it, look at your ledger at once: {link}',
      'You receive this service message because you own the organization.',
    ],
  },
  'notifications.domain-lapsed': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A domain of your organization is no longer verified',
    paragraphs: [
      'The DNS record that showed a domain to be your organization’s was no longer there when we looked again. Addresses of the domain do not sign in at your identity provider any more.',
      'Publish the record again and have the domain verified: {link}',
      'You receive this service message because you own the organization.',
    ],
  },
  'notifications.case-question': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'A question about your request',
    paragraphs: [
      'We have a question about what you asked us to do with your data. Your answer lets us go on.',
      'Sign in to read it and to answer: {link}',
      'You receive this service message because you made a request about your data.',
    ],
  },
  'notifications.case-extended': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your request takes longer',
    paragraphs: [
      'We need more time for what you asked us to do with your data.',
      'Sign in to see why, and the new date: {link}',
      'You receive this service message because you made a request about your data.',
    ],
  },
  'notifications.case-answered': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your request is answered',
    paragraphs: [
      'We have answered what you asked us to do with your data.',
      'Sign in to read the answer, and what you can do if you disagree: {link}',
      'You receive this service message because you made a request about your data.',
    ],
  },
  'notifications.sign-up': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Confirm your e-mail address',
    paragraphs: [
      'Somebody, probably you, asked for an account with this e-mail address. Open this page and type the password that you chose: {link}',
      'The link works once, until tomorrow.',
      'If it was not you, do nothing: without your confirmation there is no account.',
    ],
  },
  'notifications.sign-in-code': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your sign-in code',
    paragraphs: [
      'Your code is {code}. Type it where you asked for it; it works there only, once, and for a few minutes.',
      'If you did not ask for it, do nothing, and tell nobody the code.',
    ],
  },
  'notifications.sign-in-link': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Your sign-in link',
    paragraphs: [
      'Open this page and press the button to sign in: {link}',
      'The link works once and for a few minutes. If you did not ask for it, do nothing.',
    ],
  },
  'notifications.password-reset': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Choose a new password',
    paragraphs: [
      'Open this page to choose a new password: {link}',
      'The link works once and for a few minutes. If you did not ask for it, do nothing: your password stays as it is.',
    ],
  },
  'notifications.invitation': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'An invitation to an organization',
    paragraphs: [
      'Somebody invites you into their organization. Open this page to see what to do: {link}',
      'The link works once, for a few days. If you do not expect it, do nothing.',
    ],
  },
  'notifications.email-change': {
    class: 'transactional',
    kind: 'account-alert',
    subject: 'Confirm your new e-mail address',
    paragraphs: [
      'Open this page and press the button to use this address for your account: {link}',
      'The link works once, until tomorrow. If you did not ask for it, do nothing.',
    ],
  },
} as const satisfies Record<string, MailText>;

export type MessageId = keyof typeof catalogue;

/** The text of a message. @throws Error for an id that is not in the catalogue */
export function textOf(message: string): MailText {
  if (!Object.hasOwn(catalogue, message)) throw new Error(`The catalogue has no message ${message}`);
  return catalogue[message as MessageId];
}

/** One thing in a message that must not be there. */
export interface ContentFault {
  readonly message: string;
  readonly fault: 'placeholder' | 'class' | 'address' | 'two-lines';
}

const BRACES = /\{([^{}]*)\}/g;
/** A web or mail address typed into a text would lead past the region's own front door. */
const TYPED_ADDRESS = /https?:|www\.|[^\s@]@[^\s@]/i;

/** Every fault of a catalogue; a mail with any of them could say more than "there is something to see, here". */
export function faultsOf(
  texts: Readonly<Record<string, Omit<MailText, 'class'> & { readonly class: string }>>,
): ContentFault[] {
  return Object.entries(texts).flatMap(([message, text]) => {
    const lines = [text.subject, ...text.paragraphs];
    const named = lines.flatMap((line) => [...line.matchAll(BRACES)].map(([, name]) => name!));
    const faults: ContentFault['fault'][] = [];
    if (named.some((name) => !(PLACEHOLDERS as readonly string[]).includes(name)) || text.subject.includes('{'))
      faults.push('placeholder');
    if (text.class !== 'transactional') faults.push('class');
    if (lines.some((line) => TYPED_ADDRESS.test(line))) faults.push('address');
    if (lines.some((line) => /[\r\n]/.test(line))) faults.push('two-lines');
    return faults.map((fault) => ({ message, fault }));
  });
}
