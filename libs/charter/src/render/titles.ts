import type { Category, LawfulBasis, RetentionAnchor, RetentionEnd, RetentionKey } from '../vocabulary.js';

/** How a page calls what is kept under each retention key. */
export const retentionTitles: Readonly<Record<RetentionKey, string>> = {
  account: 'Your account',
  organization: 'Your organization and its memberships',
  session: 'Sign-in sessions',
  'auth-token': 'Codes and links for signing in',
  'security-log': 'Sign-in attempts and known devices',
  'audit-log': 'Audit log',
  'access-log': 'Server access logs',
  'operational-log': "Logs of the service's own work",
  'error-report': 'Error reports',
  'usage-analytics': 'Aggregate usage figures',
  'rate-limit': 'Counters against abuse',
  notification: 'Notifications in the product',
  correspondence: 'E-mail correspondence',
  suppression: 'Addresses that must not be mailed',
  'consent-record': 'Records of consent',
  'notice-receipt': 'Records of notices',
  'case-register': 'Register of requests',
  'case-file': 'Files of requests',
  'identity-proof': 'What you showed us to be recognised',
  evidence: 'Evidence about our promises',
  'egress-log': 'Log of calls to other companies',
  'contract-record': 'Agreements and legal process',
  'breach-record': 'Records of incidents',
  'message-relay': 'Messages between our services',
  connection: 'Connections',
  'connection-credential': 'Credentials of connections',
  'pipeline-configuration': 'Mappings and schedules',
  'sync-history': 'Sync history',
  'sync-position': 'Positions of syncs',
  'cached-metrics': 'Cached metrics',
  'query-approval': 'Query estimates and approvals',
  billing: 'Billing records',
  lead: 'Leads',
  'demo-request': 'Demo requests',
  'contact-message': 'Contact messages',
  newsletter: 'Newsletter subscriptions',
  engagement: 'Engagements',
  'client-document': 'Documents of an engagement',
  signature: 'Signatures',
  'vault-item': 'Vault items',
};

export const categoryTitles: Readonly<Record<Category, string>> = {
  identity: 'Identity',
  contact: 'Contact details',
  credential: 'Credentials',
  'security-log': 'Security logs',
  usage: 'Usage',
  billing: 'Billing',
  content: 'Content',
  preference: 'Preferences',
  communication: 'Communication',
  'sync-statistics': 'Sync statistics',
  'sync-position': 'Sync positions',
  configuration: 'Configuration',
  metric: 'Metrics',
  case: 'Requests',
};

export const basisTitles: Readonly<Record<LawfulBasis, string>> = {
  consent: 'Your consent, Art. 6(1)(a) GDPR',
  contract: 'Our contract with you, Art. 6(1)(b) GDPR',
  'legal-obligation': 'A legal obligation, Art. 6(1)(c) GDPR',
  'legitimate-interest': 'Our legitimate interest, Art. 6(1)(f) GDPR',
};

/** Ends the words "kept for 90 days from ...". */
export const anchorTitles: Readonly<Record<RetentionAnchor, string>> = {
  event: 'the event',
  created: 'creation',
  submitted: 'the day you sent it',
  'last-activity': 'the last activity',
  'contract-end': 'the end of the contract',
  'engagement-close': 'the close of the engagement',
  revoked: 'the removal of the connection',
  expired: 'expiry',
  closed: 'the close',
  withdrawn: 'withdrawal',
};

export const endTitles: Readonly<Record<RetentionEnd, string>> = {
  delete: 'deleted',
  anonymise: 'made anonymous',
  blank: 'emptied of personal data',
  archive: 'archived',
};
