import { lookup } from 'node:dns/promises';

/**
 * Finds the addresses of a host name: canonical IPv4 or IPv6 addresses in the order of preference, at least one.
 * Rejects, or gives an empty list, when the name has none.
 */
export type Resolver = (name: string) => Promise<readonly string[]>;

/** Asks the operating system (hosts file, then name servers), as every other program on the machine does. */
export const systemResolver: Resolver = async (name) => {
  const answers = await lookup(name, { all: true, order: 'verbatim' });
  return answers.map(({ address }) => address);
};
