import { z } from 'zod';
import { self } from '../caller.js';
import { f } from '../field.js';
import { get, operation, post } from '../operation.js';

export const topics = [
  'run-failed',
  'approval-needed',
  'schema-drift',
  'connection-unhealthy',
  'security-alert',
  'privacy-request',
] as const;

export const Notification = z.strictObject({
  notificationId: f.id('notification'),
  topic: f.oneOf(...topics),
  /** Message id and its parameters; the words are the reader's language. */
  message: f.code(),
  parameters: z.record(f.word(), f.machineText(200)),
  createdAt: f.instant(),
  readAt: f.instant().optional(),
});

export const listNotifications = operation({
  name: 'notifications.inbox.list',
  summary: 'Your notifications, newest first',
  http: get('/api/v1/notifications'),
  input: z.strictObject({ limit: f.integer(1, 200).default(50) }),
  output: z.strictObject({ notifications: z.array(Notification), unread: f.count() }),
  access: self(),
});

export const markNotificationRead = operation({
  name: 'notifications.inbox.mark-read',
  summary: 'Mark a notification as read',
  http: post('/api/v1/notifications/{notificationId}/read'),
  input: z.strictObject({ notificationId: f.id('notification') }),
  output: Notification,
  access: self(),
});
