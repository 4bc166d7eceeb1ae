import {
  bearerToken,
  cursorParameter,
  linkHeader,
  nextPageToken,
  restConnector,
  stream,
} from '@millrace/connector-sdk';
import { z } from 'zod';

const Config = z.strictObject({
  site: z.url().describe('Address of your tracker, such as https://acme.tracker.example'),
});

export const tracker = restConnector({
  id: 'tracker',
  title: 'Tracker',
  config: Config,
  auth: bearerToken(),
  baseUrl: ({ site }) => `${site}/api/v2`,
  quota: { requestsPerSecond: 20, remaining: 'x-ratelimit-remaining', reset: 'x-ratelimit-reset' },
  probe: '/me',
  scopes: ['issues:read', 'projects:read'],
  streams: {
    issues: stream({
      path: '/issues?order=updated',
      records: '$.items',
      pages: nextPageToken({ path: '$.nextPageToken', parameter: 'pageToken' }),
      key: ['id'],
      cursor: { field: 'updated', from: 'updatedSince' },
      fieldsParameter: 'fields',
      total: '$.total',
      fields: {
        id: 'int8',
        title: { kind: 'text', privacy: 'unknown' },
        state: { kind: 'text', path: 'status.name' },
        assignee: { kind: 'text', path: 'assignee.email', nullable: true, privacy: 'personal' },
        estimate: { kind: 'numeric', nullable: true, privacy: 'impersonal' },
        labels: 'json',
        updated: { kind: 'timestamptz', privacy: 'impersonal' },
      },
    }),
    projects: stream({
      path: '/projects?per_page=50',
      pages: linkHeader(),
      key: ['key'],
      fields: {
        key: { kind: 'text', privacy: 'identifier' },
        name: 'text',
        archived: { kind: 'boolean', privacy: 'impersonal' },
      },
    }),
    events: stream({
      path: '/events',
      records: '$.data',
      pages: cursorParameter({ parameter: 'starting_after', field: 'id', more: '$.has_more' }),
      key: ['id'],
      fields: {
        id: { kind: 'text', privacy: 'identifier' },
        issue: { kind: 'int8', path: 'issue_id' },
        kind: { kind: 'text', privacy: 'impersonal' },
        at: { kind: 'epoch-seconds', privacy: 'impersonal' },
      },
    }),
  },
});
