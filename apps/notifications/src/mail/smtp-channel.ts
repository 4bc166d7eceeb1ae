import { AddressPolicy, type EgressGuard, type EgressIntent } from '@millrace/egress';
import { createTransport } from 'nodemailer';
import type { MailBody } from '../message/compose.js';
import { failureOf } from './mail-failure.js';

/** Longest silence of the other side; RFC 5321 §4.5.3.2 allows minutes, a relay near by answers at once. */
const SILENCE_MS = 15_000;
/** Longest time for one mail, from dialling to the server's acknowledgement. */
export const SEND_TIMEOUT_MS = 60_000;

export interface SmtpOptions {
  readonly guard: EgressGuard;
  readonly intent: () => EgressIntent;
  readonly host: string;
  readonly port: number;
  /** The address that mails come from; its domain names the sender towards the server and in message ids. */
  readonly from: string;
  /** The name beside it: the product's. */
  readonly sender: () => string;
  /** Networks in which a server without TLS is accepted. */
  readonly privateCidrs: readonly string[];
  /** Certificate authority (PEM) to trust instead of the system's. */
  readonly ca?: string;
}

export interface Mail extends MailBody {
  readonly to: string;
  /** The same for every attempt, so that a receiver can tell a repeat. */
  readonly id: string;
  readonly date: Date;
}

/**
 * Hands one mail to the region's mail server, over a connection that the egress guard decided about and recorded. TLS
 * 1.2 or newer is used wherever it is offered and demanded from every server outside the private networks.
 */
export class SmtpChannel {
  private readonly networks: AddressPolicy;

  constructor(private readonly options: SmtpOptions) {
    this.networks = new AddressPolicy(options.privateCidrs);
  }

  /** @throws MailFailure */
  async send(mail: Mail): Promise<void> {
    const { guard, intent, host, port } = this.options;
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS);
    try {
      const socket = await guard.dial({ ...intent(), host, port }, { signal });
      const cut = () => socket.destroy();
      signal.addEventListener('abort', cut, { once: true });
      try {
        await this.transport(socket).sendMail(this.message(mail));
      } finally {
        signal.removeEventListener('abort', cut);
        socket.destroy();
      }
    } catch (error) {
      throw failureOf(error);
    }
  }

  private transport(connection: Awaited<ReturnType<EgressGuard['dial']>>) {
    const { host, port, ca, from } = this.options;
    return createTransport({
      connection,
      host,
      port,
      name: domainOf(from),
      secure: false,
      requireTLS: this.networks.scopeOf(connection.remoteAddress ?? '') !== 'listed',
      tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca ? { ca: [ca] } : {}) },
      connectionTimeout: SILENCE_MS,
      greetingTimeout: SILENCE_MS,
      socketTimeout: SILENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  private message({ to, id, date, subject, text, html }: Mail) {
    const { from, sender } = this.options;
    return {
      from: { name: sender(), address: from },
      to: { name: '', address: to },
      messageId: `<${id}@${domainOf(from)}>`,
      date,
      subject,
      text,
      html,
      xMailer: false as const,
      // RFC 3834 §5: nobody's absence message answers it.
      headers: { 'Auto-Submitted': 'auto-generated' },
    };
  }
}

const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1);
