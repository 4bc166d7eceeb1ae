import { problem, type ProblemKind } from '@millrace/kernel';

const kinds = [
  problem(
    'egress.purpose-refused',
    403,
    'No route for this purpose',
    'Data leaves for the purposes of the charter only; selling, third-party marketing and AI training have no route at all.',
  ),
  problem(
    'egress.unknown-recipient',
    403,
    'Unknown recipient',
    'Add the recipient to the register of sub-processors before anything is sent to it.',
  ),
  problem(
    'egress.recipient-disabled',
    403,
    'Recipient is switched off',
    'Enable the recipient in the register; that needs an agreement in force.',
  ),
  problem(
    'egress.category-ceiling',
    403,
    'Recipient may not receive these data',
    'Send only the categories that the register allows for this recipient, or raise its ceiling there.',
  ),
  problem(
    'egress.consent-missing',
    403,
    'Consent is missing',
    'This purpose needs a consent of the person that is in force; ask for it first.',
  ),
  problem(
    'egress.transfer-refused',
    403,
    'No mechanism for this transfer',
    'Register a transfer mechanism (SCC, UK IDTA or DPF) between the two regions, or choose a recipient inside the region.',
  ),
  problem(
    'egress.host-refused',
    403,
    'Host does not belong to the recipient',
    'Reach the recipient at one of the host names that the register lists for it.',
  ),
  problem(
    'egress.bad-host',
    422,
    'Host name is not usable',
    'Give a plain host name or a plain IP address: no short or octal numbers, no zone, no credentials.',
  ),
  problem('egress.bad-url', 422, 'Address is not usable', 'Give an https address without user name and password.'),
  problem(
    'egress.unresolvable',
    422,
    'Host name was not found',
    'Check the spelling of the host name, and that public name servers know it.',
  ),
  problem(
    'egress.private-address',
    422,
    'Private address',
    'The host lies in a private network. Use a public one, or ask the operator to list the network in egress.privateCidrs.',
  ),
  problem(
    'egress.plain-refused',
    422,
    'Connection without TLS',
    'Use an https address; without TLS only listed private networks can be reached.',
  ),
  problem(
    'egress.unreachable',
    502,
    'No connection',
    'Check that the host is up, that the port is right and that its firewall lets this region in.',
  ),
  problem(
    'egress.tls-refused',
    502,
    'No secure connection',
    'The other side must offer TLS 1.2 or newer with a certificate for this host name from a trusted authority.',
  ),
  problem(
    'egress.timeout',
    504,
    'No answer in time',
    'Try again later; when it stays slow, raise the time limit of this connection.',
  ),
  problem(
    'egress.bad-answer',
    502,
    'Answer is not HTTP',
    'The other side closed the connection or did not speak HTTP; check the address and the port.',
  ),
  problem('egress.answer-too-large', 502, 'Answer is too large', 'Ask the other side for a smaller page of data.'),
  problem(
    'egress.redirect-refused',
    502,
    'Redirected elsewhere',
    'Use the address that the other side redirects to, if it is the right one.',
  ),
  problem(
    'egress.unrecorded',
    503,
    'Call could not be recorded',
    'Nothing leaves without a record; try again when the record can be written.',
  ),
] as const;

/** Every code with which the guard refuses or fails; closed. */
export type EgressCode = (typeof kinds)[number]['code'];

/** The kinds of {@link EgressCode}, by code, for the problem pages of the gateway. */
export const EGRESS_PROBLEMS = Object.fromEntries(kinds.map((kind) => [kind.code, kind])) as Readonly<
  Record<EgressCode, ProblemKind<EgressCode>>
>;
