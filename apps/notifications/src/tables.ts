import { announcements } from './announcement/announcement.table.js';
import { notifications } from './inbox/notification.table.js';
import { mailJobs } from './mail/mail-job.table.js';

/** None refers to another. */
export const tables = [announcements, notifications, mailJobs] as const;
