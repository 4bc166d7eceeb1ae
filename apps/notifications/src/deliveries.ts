import { RelayLoop } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { FanOut } from './announcement/fan-out.js';
import { MailDispatch } from './mail/mail-dispatch.js';
import { mailGuard, mailIntent } from './mail/mail-route.js';
import { SmtpChannel } from './mail/smtp-channel.js';

/** Runs the fan-out and, where the region has a mail server, the sending of mails, as long as the service lives. */
export class Deliveries {
  private readonly loops: readonly RelayLoop[];

  constructor(
    private readonly runtime: Runtime,
    database: Database,
  ) {
    const unexpected = (error: unknown) => runtime.instruments.unexpected(error, {});
    const fanOut = new FanOut(runtime, database);
    const channel = smtpChannel(runtime, database);
    const dispatch = channel && new MailDispatch(runtime, database, channel);
    const sending = dispatch && new RelayLoop(() => dispatch.pass(), unexpected);
    const telling = new RelayLoop(async () => {
      const more = await fanOut.pass();
      sending?.wake();
      return more;
    }, unexpected);
    this.loops = sending ? [telling, sending] : [telling];
  }

  onApplicationBootstrap(): void {
    if (this.loops.length === 1)
      this.runtime.log.info(
        'no mail server is configured: nobody can confirm a sign-up, and people are told in their inbox only',
      );
    for (const loop of this.loops) loop.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }
}

function smtpChannel(runtime: Runtime, database: Database): SmtpChannel | undefined {
  const { mail, egress } = runtime.config;
  if (!mail) return undefined;
  return new SmtpChannel({
    ...mail,
    guard: mailGuard(runtime, database),
    intent: () => mailIntent(runtime),
    sender: () => runtime.charter.document.title,
    privateCidrs: egress.privateCidrs,
  });
}
