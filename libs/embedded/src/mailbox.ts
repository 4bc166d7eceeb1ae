import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { until } from '@millrace/kernel';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { LOOPBACK } from './free-port.js';

/** No region writes more than a few hundred bytes. */
const MAX_MAIL_BYTES = 1_048_576;
const MAIL_FILE = /^\d+-\d+\.eml$/;

export interface MailboxOptions {
  /** Where mails are kept, one file each, readable by the owner only. Made when it is missing. */
  readonly directory: string;
  /** Default: any free one. */
  readonly port?: number;
}

/** A mail server for one machine: whatever is sent to anybody lands in a folder and goes nowhere else. */
export interface Mailbox {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a real SMTP server on loopback that delivers everything into `directory`. */
export async function startMailbox({ directory, port = 0 }: MailboxOptions): Promise<Mailbox> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let number = mailFiles(directory).length;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 200,
    logger: false,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (stream.sizeExceeded) return done(Object.assign(new Error('too large'), { responseCode: 552 }));
        const recipients = session.envelope.rcptTo.map(({ address }) => `X-Delivered-To: ${address}\r\n`).join('');
        keep(directory, (number += 1), Buffer.concat([Buffer.from(recipients), ...chunks]));
        done();
      });
    },
  });
  // A sender that hangs up in the middle is its own concern: it sends again.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The mails of a mailbox's folder to one address, the newest first; those of every address without one. */
export async function mailsIn(directory: string, address?: string): Promise<ParsedMail[]> {
  const sources = mailFiles(directory)
    .reverse()
    .map((file) => readFileSync(path.join(directory, file)));
  const mine = address === undefined ? sources : sources.filter((source) => deliveredTo(source, address));
  return Promise.all(mine.map((source) => simpleParser(source)));
}

/**
 * The token in the link of the newest mail to an address; waits for the mail.
 * @throws Error when none comes within `timeoutMs`, 20 seconds by default
 */
export async function mailedToken(directory: string, address: string, timeoutMs = 20_000): Promise<string> {
  return until(`a mail with a link to ${address}`, timeoutMs, async () => {
    const [newest] = await mailsIn(directory, address);
    return /[?&]token=([A-Za-z0-9_-]+)/.exec(newest?.text ?? '')?.[1];
  });
}

/** Written beside and moved into place, so that nobody reads half of it. */
function keep(directory: string, number: number, source: Buffer): void {
  const file = path.join(directory, `${process.pid}-${number}.eml`);
  writeFileSync(`${file}.new`, source, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

function mailFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => MAIL_FILE.test(file))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

const numberOf = (file: string) => Number(file.slice(file.indexOf('-') + 1, -'.eml'.length));

function deliveredTo(source: Buffer, address: string): boolean {
  return source
    .subarray(0, 2_048)
    .toString('latin1')
    .toLowerCase()
    .includes(`x-delivered-to: ${address.toLowerCase()}\r`);
}
