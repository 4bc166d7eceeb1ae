import { listTasks, type Output } from '@millrace/contracts';
import { Handles } from '@millrace/messaging';
import { Controller } from '@nestjs/common';
import { TaskWatch } from './task-watch.js';

@Controller()
export class TaskOperations {
  constructor(private readonly watch: TaskWatch) {}

  @Handles(listTasks)
  async list(): Promise<Output<typeof listTasks>> {
    return { tasks: await this.watch.look() };
  }
}
