/** How far back mails are counted. */
const WINDOW_MS = 3_600_000;
const FIRST_PAUSE_MS = 30_000;
/** Most mails of one kind to one person within the window. */
const MAX_MAILS = 8;

/**
 * How long a person is spared another mail of the same kind: half a minute after the first, twice as long after each
 * further one, and at most eight an hour. Nobody's mailbox is filled by a stranger who types its address.
 */
export const mailPause = {
  /** Mails before this instant no longer count. */
  since: (now: Date): Date => new Date(now.getTime() - WINDOW_MS),

  /** @param recent the mails since {@link since}, newest first */
  isOn(recent: readonly { readonly createdAt: Date }[], now: Date): boolean {
    if (recent.length === 0) return false;
    if (recent.length >= MAX_MAILS) return true;
    const pauseMs = FIRST_PAUSE_MS * 2 ** (recent.length - 1);
    return now.getTime() - recent[0]!.createdAt.getTime() < pauseMs;
  },
};
