import type { EventKind, Operation } from '@millrace/contracts';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { Handler } from './call.js';
import type { EventHandler } from './event-consumer.js';

type MethodOf<F> = (target: object, key: string | symbol, descriptor: { readonly value?: F }) => void;

/** Marks the method of a controller that answers an operation; a method of another shape does not compile. */
export function Handles<Op extends Operation>(operation: Op): MethodOf<Handler<Op>> {
  return bind(MessagePattern(operation.name));
}

/** Marks the method of a controller that hears an event. */
export function Hears<E extends EventKind>(kind: E): MethodOf<EventHandler<E>> {
  return bind(EventPattern(kind.name) as MethodDecorator);
}

/** Nest hands over the payload only, unless told about the context. */
function bind<F>(pattern: MethodDecorator): MethodOf<F> {
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    pattern(target, key, descriptor);
  };
}
