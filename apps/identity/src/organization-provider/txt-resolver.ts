import { Resolver } from 'node:dns/promises';

/** A name server that does not answer is asked twice, three seconds each. */
const TIMEOUT_MS = 3_000;
const TRIES = 2;
/** Codes of an answer that says there is no such record; whatever else goes wrong says nothing about it. */
const NO_RECORD = ['ENOTFOUND', 'ENODATA'];

/** Looks for a text record: `unknown` when no name server could say. */
export class TxtResolver {
  private readonly resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  /** @param nameServers addresses, with a port where it is not 53; none for the system's */
  constructor(nameServers: readonly string[]) {
    if (nameServers.length > 0) this.resolver.setServers([...nameServers]);
  }

  /** Whether `name` has a TXT record of this value (RFC 1035 §3.3.14; the strings of one record are one text, RFC 7208 §3.3). */
  async look(name: string, value: string): Promise<'found' | 'missing' | 'unknown'> {
    try {
      const records = await this.resolver.resolveTxt(name);
      return records.some((strings) => strings.join('').trim() === value) ? 'found' : 'missing';
    } catch (error) {
      return NO_RECORD.includes((error as { code?: string }).code ?? '') ? 'missing' : 'unknown';
    }
  }
}
