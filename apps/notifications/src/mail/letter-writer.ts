import { linkPaths, mintOneTimeSecret, resolveContacts } from '@millrace/contracts';
import { portalLink, type Runtime } from '@millrace/service';
import type { MailValues } from '../message/compose.js';
import { MailFailure } from './mail-failure.js';

export interface Letter {
  readonly orgId: string;
  readonly userId: string;
  readonly oneTimeSecretId: string | null;
}

/** Finds out where a mail goes and what stands in its gaps, at the moment it is sent. */
export class LetterWriter {
  constructor(private readonly runtime: Runtime) {}

  /** @throws MailFailure `notifications.recipient-gone` when there is nobody, or nothing any more, to write to */
  async write(letter: Letter): Promise<{ to: string; values: MailValues }> {
    return letter.oneTimeSecretId === null ? this.plain(letter) : this.withSecret(letter.oneTimeSecretId);
  }

  private async plain({ orgId, userId }: Letter): Promise<{ to: string; values: MailValues }> {
    const { client, service, config } = this.runtime;
    const { contacts } = await client.call(resolveContacts, { orgId, userId }, { kind: 'service', name: service });
    const contact = contacts.find((one) => one.userId === userId);
    if (!contact) throw new MailFailure('notifications.recipient-gone', true);
    return { to: contact.email, values: { link: portalLink(config) } };
  }

  private async withSecret(secretId: string): Promise<{ to: string; values: MailValues }> {
    const { client, service, config } = this.runtime;
    const { mail } = await client.call(mintOneTimeSecret, { secretId }, { kind: 'service', name: service });
    if (!mail) throw new MailFailure('notifications.recipient-gone', true);
    const { purpose, email, token } = mail;
    if (purpose === 'sign-in-code') return { to: email, values: { code: token } };
    return { to: email, values: { link: portalLink(config, linkPaths[purpose], { token }) } };
  }
}
