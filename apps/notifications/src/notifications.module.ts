import { Database } from '@millrace/persistence';
import { Runtime, wire } from '@millrace/service';
import { Module } from '@nestjs/common';
import { AnnouncementEvents } from './announcement/announcement.events.js';
import { Deliveries } from './deliveries.js';
import { InboxOperations } from './inbox/inbox.operations.js';

@Module({ controllers: [AnnouncementEvents, InboxOperations], providers: [wire(Deliveries, Runtime, Database)] })
export class NotificationsModule {}
