import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real SMTP server on loopback that keeps what it takes. */
export class MailServer {
  readonly mails: ParsedMail[] = [];
  readonly sources: string[] = [];
  /** Envelope recipients, in the order of the mails. */
  readonly recipients: string[] = [];
  /** Whether each mail came over TLS, and the name that the sender gave itself. */
  readonly sessions: { secure: boolean; name: string | false }[] = [];
  port = 0;
  /** Reply to RCPT TO instead of accepting. */
  refuseWith: number | undefined;
  /** Hears of handshakes that failed. */
  onError: (error: Error & { code?: string }) => void = () => undefined;
  private server: SMTPServer | undefined;

  constructor(private readonly options: SMTPServerOptions = { disabledCommands: ['STARTTLS'] }) {}

  /** Listens, on the port that it had before if it had one. */
  async start(): Promise<this> {
    const server = new SMTPServer({
      authOptional: true,
      logger: false,
      closeTimeout: 200,
      ...this.options,
      onRcptTo: (_address, _session, done) =>
        this.refuseWith ? done(Object.assign(new Error('refused'), { responseCode: this.refuseWith })) : done(),
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          void (async () => {
            const source = Buffer.concat(chunks).toString('utf8');
            this.sources.push(source);
            this.recipients.push(...session.envelope.rcptTo.map(({ address }) => address));
            this.sessions.push({ secure: session.secure, name: session.hostNameAppearsAs });
            this.mails.push(await simpleParser(source));
            done();
          })();
        });
      },
    });
    server.on('error', (error) => this.onError(error));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.server.address() as AddressInfo).port;
    this.server = server;
    return this;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
  }
}
