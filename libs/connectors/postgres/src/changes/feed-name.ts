import { ConnectorError } from '@millrace/connector-sdk';

const FEED = /^[a-z0-9_]{1,50}$/;

/** Name of the feed's replication slot and of its publication: what an administrator sees of us in the source. */
export function feedObject(feed: string): string {
  if (!FEED.test(feed)) throw new ConnectorError('invalid-config');
  return `millrace_${feed}`;
}
