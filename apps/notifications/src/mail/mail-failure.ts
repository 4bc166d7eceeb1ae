import { Problem } from '@millrace/kernel';

/** Why a mail was not taken. It holds a code only: a server's own words repeat the address. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure';

  /** @param permanent the server said that it will never take this mail for this recipient */
  constructor(
    readonly code: string,
    readonly permanent: boolean,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** RFC 4954 §6: authentication is required. A fault of our configuration, not of the mail. */
const AUTHENTICATION_REQUIRED = 530;
/** Commands whose refusal is about this mail; the refusal of any other is about the connection and may be repaired. */
const ABOUT_THE_MAIL = ['MAIL FROM', 'RCPT TO', 'DATA'];

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** Reads what the egress guard or the SMTP client threw. 5yz replies are permanent, 4yz ones are not (RFC 5321 §4.2.1). */
export function failureOf(error: unknown): MailFailure {
  if (error instanceof Problem) return new MailFailure(error.code, false, { cause: error });
  const { code, responseCode, command } = (error ?? {}) as SmtpError;
  if (responseCode) {
    const permanent = responseCode >= 500 && responseCode !== AUTHENTICATION_REQUIRED && ABOUT_THE_MAIL.includes(command ?? '');
    return new MailFailure(`smtp.${responseCode}`, permanent);
  }
  return new MailFailure(code === 'ETLS' ? 'smtp.tls-refused' : 'smtp.unreachable', false);
}
