import { mkdtempSync, rmSync, statSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import { type Mailbox, mailsIn, startMailbox } from './mailbox.js';

let scratch: string;
let mailbox: Mailbox;

beforeEach(async () => {
  scratch = path.join(mkdtempSync(path.join(tmpdir(), 'mailbox-')), 'mails');
  mailbox = await startMailbox({ directory: scratch });
});
afterEach(async () => {
  await mailbox.stop();
  rmSync(path.dirname(scratch), { recursive: true });
});

const send = (to: string, subject: string, text = 'words') =>
  createTransport({ host: '127.0.0.1', port: mailbox.port }).sendMail({ from: 'a@example.com', to, subject, text });

describe('the mailbox of one machine', () => {
  it('keeps each mail for its reader, the newest first, readable by the owner only', async () => {
    await send('ada@example.com', 'first');
    await send('bob@example.com', 'other');
    await send('Ada@example.com', 'second', 'https://example.com/?token=abc');
    const mails = await mailsIn(scratch, 'ada@example.com');
    expect(mails.map((mail) => mail.subject)).toEqual(['second', 'first']);
    expect(mails[0]!.text).toContain('?token=abc');
    expect(await mailsIn(scratch)).toHaveLength(3);
    for (const file of readdirSync(scratch)) expect(statSync(path.join(scratch, file)).mode & 0o077).toBe(0);
  });

  it('goes on counting after a restart, on the same port', async () => {
    await send('ada@example.com', 'before');
    const { port } = mailbox;
    await mailbox.stop();
    mailbox = await startMailbox({ directory: scratch, port });
    await send('ada@example.com', 'after');
    expect((await mailsIn(scratch, 'ada@example.com')).map((mail) => mail.subject)).toEqual(['after', 'before']);
  });

  it('refuses what is no mail', async () => {
    await expect(send('ada@example.com', 'huge', 'x'.repeat(2_000_000))).rejects.toThrow();
    expect(await mailsIn(scratch)).toEqual([]);
  });
});
