import { kernelProblems, type PostgresConfig } from '@millrace/contracts';
import { AddressPolicy, parseHost } from '@millrace/egress';
import { type Fault, Problem } from '@millrace/kernel';

/**
 * Checks where a connection leads and how. An unencrypted connection is for an address that the operator listed as
 * private: a name may resolve to anything tomorrow, so a name never qualifies.
 * @param privateCidrs the region's `egress.privateCidrs`
 * @throws Problem `kernel.invalid-input` that points at the host or at the encryption
 */
export function checkTransport({ host, tls }: PostgresConfig, privateCidrs: readonly string[]): void {
  const parsed = parseHost(host);
  if (!parsed)
    throw refused({
      path: '/config/host',
      message: 'must be a host name, or an address written in full such as 10.0.0.7',
    });
  if (tls !== 'disable') return;
  if (parsed.kind === 'name') {
    const message =
      'may be "disable" only for an address written as numbers, such as 10.0.0.7; with a host name use "verify-full" or "require"';
    throw refused({ path: '/config/tls', message });
  }
  if (new AddressPolicy(privateCidrs).scopeOf(parsed.text) !== 'listed') {
    const message =
      'may be "disable" only for a private address that this region lists; use "verify-full" or "require"';
    throw refused({ path: '/config/tls', message });
  }
}

function refused(fault: Fault): Problem {
  return new Problem(kernelProblems.invalidInput, { detail: 'One field is not valid.', errors: [fault] });
}
