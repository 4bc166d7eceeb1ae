import type { EventKind, Operation } from '@millrace/contracts';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { Handler } from './call.js';
import type { EventHandler } from './event-consumer.js';

type MethodOf<F> = (target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<F>) => void;

/** Marks the method of a controller that answers an operation; a method of another shape does not compile. */
export function Handles<Op extends Operation>(operation: Op): MethodOf<Handler<Op>> {
  return MessagePattern(operation.name) as MethodOf<Handler<Op>>;
}

/** Marks the method of a controller that hears an event. */
export function Hears<E extends EventKind>(kind: E): MethodOf<EventHandler<E>> {
  // Nest types the first argument as any object; ours is narrower, so the cast goes through unknown.
  return EventPattern(kind.name) as unknown as MethodOf<EventHandler<E>>;
}
