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

/** How Node.js names what goes wrong in a handshake: OpenSSL's errors and the verdicts on certificates (tls module, X509). */
const HANDSHAKE = /^(ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

interface SmtpError {
  readonly code?: string;
  /** The system's or OpenSSL's code, where the client gives the error one of its own. */
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** Reads what the egress guard or the SMTP client threw. 5yz replies are permanent, 4yz ones are not (RFC 5321 §4.2.1). */
export function failureOf(error: unknown): MailFailure {
  if (error instanceof Problem) return new MailFailure(error.code, false, { cause: error });
  const { code, originalCode = '', responseCode, command } = (error ?? {}) as SmtpError;
  if (code === 'ETLS' || command === 'STARTTLS' || HANDSHAKE.test(originalCode))
    return new MailFailure('smtp.tls-refused', false);
  if (responseCode) {
    const permanent =
      responseCode >= 500 && responseCode !== AUTHENTICATION_REQUIRED && ABOUT_THE_MAIL.includes(command ?? '');
    return new MailFailure(`smtp.${responseCode}`, permanent);
  }
  return new MailFailure('smtp.unreachable', false);
}
